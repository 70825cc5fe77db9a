-- The n-th events from %(first)s up to, not with, %(last)s. Ten make a block: a new customer, three
-- openings with two readings and a completion, a message, and what else happens.
INSERT INTO customers_event (id, occurred_at, recorded_at, type, key, customer_id, identity_id,
                             staff_id, source, depth, payload)
SELECT n + 1, at, at + interval '2 seconds', type, 'bench:' || n, actor, actor,
       bench.owner_of(actor), source, 0, payload
  FROM (SELECT n, bench.moment(n) AS at, slot, luck,
               -- Reading and completion belong to the opening just before.
               CASE slot WHEN 0 THEN n / 10 + 1 WHEN 2 THEN bench.actor_of(n - 1)
                         WHEN 4 THEN bench.actor_of(n - 1) WHEN 5 THEN bench.actor_of(n - 2)
                         ELSE bench.actor_of(n) END AS actor,
               CASE slot WHEN 2 THEN n - 1 WHEN 4 THEN n - 1 WHEN 5 THEN n - 2 ELSE n END AS opening
          FROM (SELECT n, n %% 10 AS slot, bench.u(n, 5) AS luck
                  FROM generate_series(%(first)s::bigint, %(last)s::bigint - 1) AS n) AS numbered
       ) AS happening
 CROSS JOIN LATERAL (
       SELECT CASE
              WHEN slot = 0 THEN 'friend_added'
              WHEN slot IN (1, 3, 7) THEN 'link_opened'
              WHEN slot IN (2, 4) THEN 'link_dwelled'
              WHEN slot = 5 THEN 'link_completed'
              WHEN slot = 6 THEN 'customer_messaged'
              WHEN slot = 8 AND luck < 0.45 THEN 'order_paid'
              WHEN slot = 8 AND luck < 0.47 THEN 'order_refunded'
              WHEN slot = 8 OR luck < 0.45 THEN 'touch_sent'
              WHEN luck < 0.60 THEN 'staff_task_done'
              WHEN luck < 0.75 THEN 'group_joined'
              WHEN luck < 0.80 THEN 'group_left'
              WHEN luck < 0.92 THEN 'friend_removed_by_customer'
              ELSE 'friend_edited' END AS type,
              CASE WHEN slot IN (0, 6, 9) THEN 'callback' WHEN slot = 8 THEN 'import'
                   ELSE 'link' END AS source
       ) AS kind
 CROSS JOIN LATERAL (SELECT bench.link_of(opening) AS link_id) AS opened
 CROSS JOIN LATERAL (
       SELECT CASE type
              WHEN 'friend_added' THEN jsonb_build_object(
                   'state', 'code' || bench.skewed(actor, 17, 46), 'add_way', 1)
              WHEN 'link_opened' THEN jsonb_build_object(
                   'link_code', 'bench' || link_id, 'material_id', 1 + link_id %% %(materials)s,
                   'title', '七天换粮表', 'purpose', 'knowledge', 'visit', bench.visit_of(opening))
              WHEN 'link_dwelled' THEN jsonb_build_object(
                   'link_code', 'bench' || link_id, 'material_id', 1 + link_id %% %(materials)s,
                   'title', '七天换粮表', 'purpose', 'knowledge', 'visit', bench.visit_of(opening),
                   'seconds', 15, 'total_seconds', 15, 'depth_percent', floor(luck * 100)::int)
              WHEN 'link_completed' THEN jsonb_build_object(
                   'link_code', 'bench' || link_id, 'material_id', 1 + link_id %% %(materials)s,
                   'title', '七天换粮表', 'purpose', 'knowledge', 'visit', bench.visit_of(opening),
                   'total_seconds', 15)
              WHEN 'customer_messaged' THEN jsonb_build_object('text_length', 1 + floor(luck * 60)::int)
              WHEN 'order_paid' THEN jsonb_build_object(
                   'order_no', 'B' || n, 'amount_fen', 990 + floor(luck * 80000)::int,
                   'kind', CASE WHEN luck < 0.04 THEN 'trial' ELSE 'regular' END, 'shop', 'tmall',
                   'sku', 'SKU' || n %% 12, 'title', '全价冻干成猫粮', 'quantity', 1)
              WHEN 'order_refunded' THEN jsonb_build_object(
                   'order_no', 'B' || n, 'amount_fen', 990, 'shop', 'tmall')
              WHEN 'touch_sent' THEN jsonb_build_object(
                   'touch_uid', bench.visit_of(n), 'lane', 'M', 'title', '本周活动')
              WHEN 'staff_task_done' THEN jsonb_build_object(
                   'touch_uid', bench.visit_of(n), 'title', '回访新客')
              WHEN 'group_joined' THEN jsonb_build_object(
                   'chat_id', 'wr' || n %% 200, 'name', '福利群', 'join_scene', 3, 'state', '')
              WHEN 'group_left' THEN jsonb_build_object('chat_id', 'wr' || n %% 200, 'name', '福利群')
              ELSE '{}'::jsonb END AS payload
       ) AS said;
