"""How many objects there really are: random samples, and counts corrected by them."""
