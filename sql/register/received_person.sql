-- Persons delivered to the customer earlier. The long list is first cut down to the rows at hand, so that what is hashed is small.
UPDATE judged SET fate = 5
WHERE fate = 0
  AND person_link IN (SELECT word FROM earlier_word WHERE word IN (SELECT person_link FROM judged WHERE fate = 0))
