-- What follows from the events, as the folds would have it (stage changes themselves left out).
INSERT INTO customers_eventkey (digest)
SELECT encode(substr(sha256(convert_to('bench:' || n, 'UTF8')), 1, 16), 'hex')::uuid
  FROM generate_series(0, %(customers)s::bigint * 10 - 1) AS n;

INSERT INTO content_visit (
    uuid, link_id, reader, openid_digest, agent_family, is_suspect, opened_at, seen_at,
    total_seconds, recorded_seconds, max_depth_percent, last_beacon_seq, identity_id)
SELECT bench.visit_of(n), bench.link_of(n), 'customer', '', 'ios', false, bench.moment(n),
       bench.moment(n), 15, 15, 60, 1, bench.actor_of(n)
  FROM generate_series(0, %(customers)s::bigint * 10 - 1) AS n WHERE n %% 10 IN (1, 3, 7);

INSERT INTO customers_friendship (identity_id, staff_id, is_friend, changed_at)
SELECT DISTINCT ON (identity_id, staff_id)
       identity_id, staff_id, type = 'friend_added', occurred_at
  FROM customers_event WHERE type IN ('friend_added', 'friend_removed_by_customer')
 ORDER BY identity_id, staff_id, occurred_at DESC;

INSERT INTO customers_grouppresence (identity_id, chat_id, is_member, changed_at)
SELECT DISTINCT ON (identity_id, payload->>'chat_id')
       identity_id, payload->>'chat_id', type = 'group_joined', occurred_at
  FROM customers_event WHERE type IN ('group_joined', 'group_left')
 ORDER BY identity_id, payload->>'chat_id', occurred_at DESC;

UPDATE customers_follow follow
   SET status = 'customer_deleted', is_listed = false, customer_deleted_at = friendship.changed_at
  FROM customers_friendship friendship
 WHERE NOT friendship.is_friend AND friendship.identity_id = follow.identity_id
   AND friendship.staff_id = follow.staff_id;

INSERT INTO customers_profile (
    customer_id, relation, purchase, stage, event_count, open_count, complete_count, read_seconds,
    message_count, order_count, order_amount_fen, group_count, first_added_at, last_added_at,
    last_open_at, first_order_at, last_order_at, last_active_at, last_event_at)
SELECT counted.customer_id, relation, purchase,
       CASE relation WHEN 'lost' THEN 'lost' ELSE purchase END,
       events, opens, completes, seconds, messages, orders, amount,
       (SELECT count(*) FROM customers_grouppresence presence
         WHERE presence.identity_id = counted.customer_id AND presence.is_member), added, added,
       opened, first_order, last_order, active, last
  FROM (SELECT customer_id, count(*) AS events,
               count(*) FILTER (WHERE type = 'link_opened') AS opens,
               count(*) FILTER (WHERE type = 'link_completed') AS completes,
               count(*) FILTER (WHERE type = 'link_dwelled') * 15 AS seconds,
               count(*) FILTER (WHERE type = 'customer_messaged') AS messages,
               count(*) FILTER (WHERE type = 'order_paid' AND payload->>'kind' = 'regular') AS orders,
               coalesce(sum((payload->>'amount_fen')::bigint)
                        FILTER (WHERE type = 'order_paid'), 0)
               - coalesce(sum((payload->>'amount_fen')::bigint)
                          FILTER (WHERE type = 'order_refunded'), 0) AS amount,
               min(occurred_at) FILTER (WHERE type = 'friend_added') AS added,
               max(occurred_at) FILTER (WHERE type = 'link_opened') AS opened,
               min(occurred_at) FILTER (WHERE type = 'order_paid' AND payload->>'kind' = 'regular')
                   AS first_order,
               max(occurred_at) FILTER (WHERE type = 'order_paid' AND payload->>'kind' = 'regular')
                   AS last_order,
               max(occurred_at) FILTER (WHERE type IN ('link_opened', 'customer_messaged',
                   'order_paid', 'group_joined')) AS active,
               max(occurred_at) AS last
          FROM customers_event GROUP BY customer_id) AS counted
  JOIN customers_friendship friendship ON friendship.identity_id = counted.customer_id
 CROSS JOIN LATERAL (
       SELECT CASE WHEN friendship.is_friend THEN 'friend' ELSE 'lost' END AS relation,
              CASE WHEN orders >= 2 THEN 'repurchase' WHEN orders = 1 THEN 'first'
                   ELSE 'potential' END AS purchase) AS judged;
