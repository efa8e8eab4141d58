-- Distinct sets of loads behind a selectable row, so that a source can be shut off at once (R008).
CREATE TABLE load_set (load_set INTEGER NOT NULL, load INTEGER NOT NULL)
