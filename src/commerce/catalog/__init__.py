"""What is sold: product groups, products, prices per currency and cycle, currencies."""
