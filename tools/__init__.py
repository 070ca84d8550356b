"""What is kept beside the product: the demo, pictures of its pages and emails, and its message catalogues."""
