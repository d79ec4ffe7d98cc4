"""Services: sold units of a product with their own state and price; and the servers that they run on."""
