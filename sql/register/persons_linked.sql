-- Persons of whom the links are among these.
SELECT DISTINCT person FROM selectable WHERE person_link IN (SELECT link FROM obtained_link)
