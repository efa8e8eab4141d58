-- A title nobody has any more may tell who had it.
INSERT INTO title SELECT t.* FROM previous.title AS t SEMI JOIN selectable AS s ON s.title = t.title
