"""Can a published table be right? Exact arithmetic of WAR and UAR, and the audit page built on it."""
