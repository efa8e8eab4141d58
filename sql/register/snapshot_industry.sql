CREATE TABLE industry (industry SMALLINT NOT NULL, version VARCHAR, code VARCHAR NOT NULL, division VARCHAR)
