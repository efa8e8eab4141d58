-- Persons who are in as many campaigns as may be. The long list is first cut down to the rows at hand, so that what is hashed is small.
UPDATE judged SET fate = 7
WHERE fate = 0
  AND person_link IN (SELECT word FROM pressed_word WHERE word IN (SELECT person_link FROM judged WHERE fate = 0))
