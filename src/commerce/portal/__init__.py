"""Door 2: public and client pages."""
