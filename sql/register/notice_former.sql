CREATE TEMP VIEW former_obtained AS SELECT person, obtained FROM previous.person_obtained
