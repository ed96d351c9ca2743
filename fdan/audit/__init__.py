"""Can a published table be right? The GRIM test of WAR and UAR, and the audit page built on it."""
