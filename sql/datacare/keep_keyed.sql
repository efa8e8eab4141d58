ALTER TABLE scored RENAME TO keyed_scored
