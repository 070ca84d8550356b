"""From a version to its readers: freeze, claim, send, record, recover."""
