CREATE TABLE copies (user_id bigint NOT NULL, number int NOT NULL, text text NOT NULL, PRIMARY KEY (user_id, number));
CREATE TABLE totals (user_id bigint PRIMARY KEY, entries int NOT NULL);
