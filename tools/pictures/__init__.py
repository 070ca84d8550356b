"""What the product looks like: its mails and pages, photographed in a browser."""
