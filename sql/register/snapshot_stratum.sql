-- How many persons may be disclosed at all, and in each region, division of industry and responsibility area (R029, T07).
CREATE TABLE stratum (dimension VARCHAR NOT NULL, value VARCHAR NOT NULL, persons INTEGER NOT NULL)
