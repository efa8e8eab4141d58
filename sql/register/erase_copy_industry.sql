INSERT INTO industry FROM previous.industry
