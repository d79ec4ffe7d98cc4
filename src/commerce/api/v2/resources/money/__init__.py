"""Money of a client: payments and how they are made, credit, and the documents that say so."""
