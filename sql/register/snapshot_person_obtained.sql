-- When a person's data were first obtained: the month for the notice runs from then, whatever is loaded later (R096).
CREATE TABLE person_obtained (person INTEGER NOT NULL, obtained DATE NOT NULL)
