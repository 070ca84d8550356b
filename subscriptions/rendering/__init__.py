"""How every mail is made: MJML and text templates in, subject, HTML and plain text out."""
