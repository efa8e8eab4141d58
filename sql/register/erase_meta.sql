SELECT key, value FROM previous.meta
