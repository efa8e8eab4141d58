INSERT INTO load_set FROM previous.load_set
