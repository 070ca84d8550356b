"""From a digest to a version: MJML to HTML and text, with markers for what is a reader's own."""
