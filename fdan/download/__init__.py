"""Getting what is public: corpora and weights."""
