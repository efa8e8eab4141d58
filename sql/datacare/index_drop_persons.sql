DROP TABLE r_person_text
