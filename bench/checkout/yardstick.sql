-- The same three commits that a checkout needs at the least, one row each where it needs one: for pgbench.
\set user random(1, 100)
\set first random(1, 500)
\set second random(501, 1000)
BEGIN;
INSERT INTO keys (key, outcome) VALUES (gen_random_uuid()::text, '{}');
INSERT INTO orders (user_id, status) VALUES (:user, 'pending') RETURNING id AS order_id \gset
COMMIT;
BEGIN;
UPDATE stock SET reserved = reserved + 1 WHERE product_id = :first AND on_hand - reserved >= 1;
UPDATE stock SET reserved = reserved + 1 WHERE product_id = :second AND on_hand - reserved >= 1;
INSERT INTO reservations (order_id, product_id, quantity) VALUES (:order_id, :first, 1), (:order_id, :second, 1);
COMMIT;
BEGIN;
INSERT INTO payments (order_id, amount) VALUES (:order_id, 100);
UPDATE orders SET status = 'confirmed' WHERE id = :order_id AND status = 'pending';
INSERT INTO events (type, payload) VALUES ('confirmed', '{}');
COMMIT;
