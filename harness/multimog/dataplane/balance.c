//go:build ignore

// The load balancer on one server's interfaces: see doc.go for what it does and flow.go of multimog for the hash.
// It needs no header, so that clang alone builds it: what it uses of the kernel's interface (linux/bpf.h) is declared here.

typedef unsigned char u8;
typedef unsigned short u16;
typedef unsigned int u32;
typedef unsigned long long u64;

#define SEC(name) __attribute__((section(name), used))
#define inline inline __attribute__((always_inline))
#define swap16 __builtin_bswap16
#define swap32 __builtin_bswap32

enum { PASS = 0, DROP = 2 };               // TC_ACT_OK: on to the server's own stack; TC_ACT_SHOT
enum { IPV4 = 0x0800, IPV6 = 0x86dd };     // EtherTypes
enum { IPIP = 4, TCP = 6, UDP = 17, IPV6_IN = 41 };
enum { ETH = 14 };                         // bytes of an Ethernet header
enum { LISTEN = 10 };                      // state of a TCP socket
enum { FIXED_GSO = 1, ENCAP_IPV4 = 2, ENCAP_IPV6 = 4, AT_MAC = 1 };

struct __sk_buff {
	u32 len, pkt_type, mark, queue_mapping, protocol, vlan_present, vlan_tci, vlan_proto, priority, ingress_ifindex, ifindex;
};

struct bpf_sock {
	u32 bound_dev_if, family, type, protocol, mark, priority, src_ip4, src_ip6[4], src_port;
	u16 dst_port, unused;
	u32 dst_ip4, dst_ip6[4], state;
};

static void *(*map_lookup)(void *map, const void *key) = (void *)1;
static long (*store_bytes)(struct __sk_buff *, u32 at, const void *from, u32 len, u64 flags) = (void *)9;
static long (*load_bytes)(const struct __sk_buff *, u32 at, void *to, u32 len) = (void *)26;
static long (*adjust_room)(struct __sk_buff *, int by, u32 mode, u64 flags) = (void *)50;
static u64 (*now)(void) = (void *)5;
static long (*sk_release)(struct bpf_sock *) = (void *)86;
static long (*lock)(void *) = (void *)93;
static long (*unlock)(void *) = (void *)94;
static struct bpf_sock *(*skc_lookup_tcp)(void *ctx, void *tuple, u32 size, u64 netns, u64 flags) = (void *)99;
static long (*redirect_neigh)(u32 ifindex, void *params, int size, u64 flags) = (void *)152;

struct bpf_spin_lock {
	u32 val;
};

struct ip4 {
	u8 version_ihl, tos;
	u16 len, id, fragment;
	u8 ttl, proto;
	u16 sum;
	u32 src, dst;
};

struct ip6 {
	u32 version_label;
	u16 len;
	u8 proto, ttl;
	u32 src[4], dst[4];
};

// address is IPv6, or IPv4 as ::ffff:a.b.c.d, in network order.
struct address {
	u32 word[4];
};

struct target {
	struct address address; // site-local
	u32 up, self;
};

// bucket is one slot of a VIP's tables; each entry is the number of a target.
struct bucket {
	u16 now, local, before, unused;
};

enum { OWN = 0xffffffff }; // the value in addresses of this server's site-local addresses; others are numbers of VIPs

// allowance is this server's capacity: a token bucket. Credit is in billionths of a flow, so that it grows by rate
// every nanosecond; filled is how many nanoseconds it takes an empty bucket to be full, 0 if it never fills.
struct allowance {
	struct bpf_spin_lock lock;
	u32 limited;
	u64 rate, most, filled, credit, at;
};
enum { FLOW = 1000000000 }; // what a flow costs

// What is counted for a VIP: packets by the target that they were sent to (or kept for, if it is this
// server), and after these:
enum { DECAPSULATED, CHAINED, UNHASHABLE, ADMITTED, DROPPED, COUNTERS };

volatile const u32 size = 1;    // slots of a table
volatile const u32 targets_n = 1;
volatile const struct address own4, own6; // outer sources

struct {
	int (*type)[1]; // HASH
	int (*max_entries)[1];
	struct address *key;
	u32 *value;
} addresses SEC(".maps");

struct {
	int (*type)[2]; // ARRAY
	int (*max_entries)[1];
	u32 *key;
	struct target *value;
} targets SEC(".maps");

struct {
	int (*type)[2]; // ARRAY: VIP * size + slot
	int (*max_entries)[1];
	u32 *key;
	struct bucket *value;
} buckets SEC(".maps");

struct {
	int (*type)[6]; // PERCPU_ARRAY: VIP * (targets_n + COUNTERS) + target or targets_n + what
	int (*max_entries)[1];
	u32 *key;
	u64 *value;
} packets SEC(".maps");

struct {
	int (*type)[2]; // ARRAY of one
	int (*max_entries)[1];
	u32 *key;
	struct allowance *value;
} capacity SEC(".maps");

// packet is what matters of an IP packet.
struct packet {
	struct address src, dst;
	u32 at;     // byte at which its IP header begins
	u32 ports;  // source << 16 | destination
	u32 mark;   // of an outer header: this is the second hop
	u8 proto, v6, hashable, opening;
};

static inline void mapped(struct address *a, u32 v4)
{
	a->word[0] = a->word[1] = 0;
	a->word[2] = swap32(0xffff);
	a->word[3] = v4;
}

// transport reads what TCP and UDP say; fragments and everything else cannot be hashed.
static inline void transport(struct __sk_buff *skb, struct packet *p, u32 at)
{
	u32 ports;
	u8 flags;

	p->hashable = 0;
	p->opening = 0;
	if ((p->proto != TCP && p->proto != UDP) || load_bytes(skb, at, &ports, 4))
		return;
	if (p->proto == TCP) {
		if (load_bytes(skb, at + 13, &flags, 1))
			return;
		p->opening = (flags & 0x02) != 0; // SYN
	}
	p->ports = swap32(ports);
	p->hashable = 1;
}

static inline int parse4(struct __sk_buff *skb, u32 at, struct packet *p)
{
	struct ip4 ip;

	if (load_bytes(skb, at, &ip, sizeof(ip)) || ip.version_ihl >> 4 != 4)
		return -1;
	mapped(&p->src, ip.src);
	mapped(&p->dst, ip.dst);
	p->at = at;
	p->v6 = 0;
	p->proto = ip.fragment & swap16(0x3fff) ? 0 : ip.proto;
	p->mark = ip.id == swap16(1) && ip.proto == IPIP;
	transport(skb, p, at + (ip.version_ihl & 15) * 4);
	// An outer header with options is none of ours.
	return p->proto == IPIP && ip.version_ihl != 0x45 ? -1 : 0;
}

static inline int parse6(struct __sk_buff *skb, u32 at, struct packet *p)
{
	struct ip6 ip;

	if (load_bytes(skb, at, &ip, sizeof(ip)) || (swap32(ip.version_label) >> 28) != 6)
		return -1;
	for (int i = 0; i < 4; i++) {
		p->src.word[i] = ip.src[i];
		p->dst.word[i] = ip.dst[i];
	}
	p->at = at;
	p->v6 = 1;
	p->proto = ip.proto;
	p->mark = swap32(ip.version_label) & 1;
	transport(skb, p, at + sizeof(ip));
	return 0;
}

static inline u64 word(u64 h, u32 w)
{
	h = (h ^ w) * 0x9e3779b97f4a7c15ull;
	return h ^ h >> 32;
}

// hash is multimog.Flow.Hash.
static inline u32 hash(const struct packet *p)
{
	u64 h = 0;

	for (int i = p->v6 ? 0 : 3; i < 4; i++)
		h = word(h, swap32(p->src.word[i]));
	for (int i = p->v6 ? 0 : 3; i < 4; i++)
		h = word(h, swap32(p->dst.word[i]));
	h = word(word(h, p->ports), p->proto);
	h ^= h >> 33;
	h *= 0xff51afd7ed558ccdull;
	return h ^ h >> 33;
}

static inline void count(u32 vip, u32 what)
{
	u32 key = vip * (targets_n + COUNTERS) + what;
	u64 *n = map_lookup(&packets, &key);

	if (n)
		++*n;
}

static inline struct target *target(u16 number)
{
	u32 key = number;
	return map_lookup(&targets, &key);
}

static inline int encap4(struct __sk_buff *skb, u32 dst, u32 mark)
{
	struct ip4 outer = {
		.version_ihl = 0x45, .len = swap16(skb->len - ETH + sizeof(outer)), .id = swap16(mark),
		.fragment = swap16(0x4000), .ttl = 64, .proto = IPIP, .src = own4.word[3], .dst = dst,
	};
	u32 sum = 0;

	for (int i = 0; i < 10; i++)
		sum += ((u16 *)&outer)[i];
	sum = (sum & 0xffff) + (sum >> 16);
	outer.sum = ~((sum & 0xffff) + (sum >> 16));
	if (adjust_room(skb, sizeof(outer), AT_MAC, FIXED_GSO | ENCAP_IPV4))
		return -1;
	return store_bytes(skb, ETH, &outer, sizeof(outer), 0);
}

static inline int encap6(struct __sk_buff *skb, const struct address *dst, u32 mark)
{
	struct ip6 outer = {
		.version_label = swap32(0x60000000 | mark), .len = swap16(skb->len - ETH), .proto = IPV6_IN, .ttl = 64,
	};

	for (int i = 0; i < 4; i++) {
		outer.src[i] = own6.word[i];
		outer.dst[i] = dst->word[i];
	}
	if (adjust_room(skb, sizeof(outer), AT_MAC, FIXED_GSO | ENCAP_IPV6))
		return -1;
	return store_bytes(skb, ETH, &outer, sizeof(outer), 0);
}

// send wraps the packet and sends it to the target by the server's routes.
static inline int send(struct __sk_buff *skb, int v6, const struct target *t, u32 mark)
{
	struct address dst = t->address;

	if (v6 ? encap6(skb, &dst, mark) : encap4(skb, dst.word[3], mark))
		return PASS;
	return redirect_neigh(skb->ifindex, 0, 0, 0);
}

// established says whether this server has the packet's TCP connection.
static inline int established(struct __sk_buff *skb, const struct packet *p)
{
	u32 t[9];
	u32 ports = swap32(p->ports), state;
	struct bpf_sock *sk;

	if (p->v6) {
		for (int i = 0; i < 4; i++) {
			t[i] = p->src.word[i];
			t[4 + i] = p->dst.word[i];
		}
		t[8] = ports;
		sk = skc_lookup_tcp(skb, t, 36, -1, 0);
	} else {
		t[0] = p->src.word[3];
		t[1] = p->dst.word[3];
		t[2] = ports;
		sk = skc_lookup_tcp(skb, t, 12, -1, 0);
	}
	if (!sk)
		return 0;
	state = sk->state;
	sk_release(sk);
	return state != LISTEN;
}

// pay takes a flow's worth of credit, and returns 0 if there is not so much.
static inline int pay(struct allowance *a)
{
	u64 time = now(), passed;
	int paid;

	lock(&a->lock);
	passed = time > a->at ? time - a->at : 0; // another processor may have been faster
	if (a->filled) {
		a->credit += passed < a->filled ? passed * a->rate : a->most;
		if (a->credit > a->most)
			a->credit = a->most;
		a->at += passed;
	}
	paid = a->credit >= FLOW;
	if (paid)
		a->credit -= FLOW;
	unlock(&a->lock);
	return paid;
}

// admit lets a packet on to the server's own stack: a new flow, which is each packet of UDP and a SYN of TCP, as long as
// there is capacity.
static inline int admit(const struct packet *p, u32 vip)
{
	u32 zero = 0;
	struct allowance *a = map_lookup(&capacity, &zero);
	int fits;

	if (p->proto == TCP && !p->opening)
		return PASS;
	fits = !a || !a->limited || pay(a);
	count(vip, targets_n + (fits ? ADMITTED : DROPPED));
	return fits ? PASS : DROP;
}

// deliver keeps a packet that is for this server by the table, unless it belongs to a connection that began under the
// table before: that one's server still has it.
static inline int deliver(struct __sk_buff *skb, const struct packet *p, u32 vip, u16 before)
{
	struct target *t = target(before);

	if (p->proto != TCP || p->opening || !t || t->self || !t->up || established(skb, p))
		return admit(p, vip);
	count(vip, targets_n + CHAINED);
	return send(skb, p->v6, t, 1);
}

static inline struct bucket *lookup(const struct packet *p, u32 vip)
{
	u32 key = vip * size + hash(p) % size;
	return map_lookup(&buckets, &key);
}

// classify decides who serves a packet that the routers brought here.
static inline int classify(struct __sk_buff *skb, const struct packet *p, u32 vip)
{
	struct bucket *b;
	struct target *t;
	u16 number;

	if (!p->hashable) {
		count(vip, targets_n + UNHASHABLE);
		return PASS;
	}
	b = lookup(p, vip);
	if (!b)
		return PASS;
	number = b->now;
	t = target(number);
	if (t && !t->up)
		t = target(number = b->local);
	if (!t)
		return PASS;
	count(vip, number);
	return t->self ? deliver(skb, p, vip, b->before) : send(skb, p->v6, t, 0);
}

// unwrap takes the outer header off a packet whose inner destination is a VIP; any other is not let in.
static inline int unwrap(struct __sk_buff *skb, const struct packet *outer)
{
	u32 header = outer->v6 ? sizeof(struct ip6) : sizeof(struct ip4);
	struct packet p;
	struct bucket *b;
	u32 *vip;

	if (outer->v6 ? parse6(skb, ETH + header, &p) : parse4(skb, ETH + header, &p))
		return PASS;
	vip = map_lookup(&addresses, &p.dst);
	if (!vip || *vip == OWN)
		return PASS; // the stack has no tunnel and refuses it
	if (adjust_room(skb, -(int)header, AT_MAC, FIXED_GSO))
		return PASS;
	count(*vip, targets_n + DECAPSULATED);
	if (outer->mark || !p.hashable || !(b = lookup(&p, *vip)))
		return PASS;
	return deliver(skb, &p, *vip, b->before);
}

SEC("tc")
int balance(struct __sk_buff *skb)
{
	struct packet p;
	u32 *known;

	if (skb->protocol == swap16(IPV4) ? parse4(skb, ETH, &p) :
	    skb->protocol == swap16(IPV6) ? parse6(skb, ETH, &p) : -1)
		return PASS;
	known = map_lookup(&addresses, &p.dst);
	if (!known)
		return PASS;
	if (*known != OWN)
		return classify(skb, &p, *known);
	return p.proto == (p.v6 ? IPV6_IN : IPIP) ? unwrap(skb, &p) : PASS;
}
