INSERT INTO load FROM previous.load
