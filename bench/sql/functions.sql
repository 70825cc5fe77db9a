-- Random numbers that depend on nothing but the row, the seed and a salt: the same world comes out
-- whatever the order, the number of connections or the plan.
CREATE SCHEMA bench;

-- Evenly spread in [0, 1).
CREATE FUNCTION bench.u(n bigint, salt int) RETURNS float8 LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN (hashint8extended(n, %(seed)s::bigint * 1000 + salt) & 1073741823) / 1073741824.0;

-- 0 … bound - 1, the low ones more often.
CREATE FUNCTION bench.skewed(n bigint, salt int, bound bigint) RETURNS bigint
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN floor(bound * power(bench.u(n, salt), 1.5))::bigint;

-- When the n-th event happened: two years that grow towards the end. (Each function is one immutable
-- expression, so that PostgreSQL writes it into the statement instead of calling it.)
CREATE FUNCTION bench.moment(n bigint) RETURNS timestamptz LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN to_timestamp(%(until_epoch)s::float8 - 730 * 86400
                    * (1 - power(n / (10.0 * %(customers)s::float8), 0.7)));

-- Every tenth event adds the next customer; this one adds the customer of this number.
CREATE FUNCTION bench.added_at(customer bigint) RETURNS timestamptz
LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN bench.moment((customer - 1) * 10);

CREATE FUNCTION bench.owner_of(customer bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN 1 + bench.skewed(customer, 1, %(staff)s);

-- Who acts in the n-th event, among those known by then: every thirtieth customer is a regular and
-- regulars do a quarter of everything; the others act mostly when they are new.
CREATE FUNCTION bench.actor_of(n bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN CASE WHEN bench.u(n, 2) < 0.25
            THEN 1 + 30 * floor((n / 10 / 30 + 1) * bench.u(n, 3))::bigint
            ELSE n / 10 + 1 - bench.skewed(n, 3, n / 10 + 1) END;

-- The tracked link that the n-th event opens; some are opened far more than others.
CREATE FUNCTION bench.link_of(n bigint) RETURNS bigint LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN 1 + bench.skewed(n, 4, %(links)s);

CREATE FUNCTION bench.visit_of(n bigint) RETURNS uuid LANGUAGE sql IMMUTABLE PARALLEL SAFE
RETURN md5('visit:%(seed)s:' || n::text)::uuid;
