-- Organisations whose own number this is (E.164).
SELECT org FROM organisation WHERE phone = $phone
