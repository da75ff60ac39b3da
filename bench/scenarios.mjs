// What is measured: options of `parley load`. The messages have 100 bytes.
const measured = '--warm 2s --duration 6s';

export const scenarios = {
  S1: { title: 'a small room: 50 receivers, 200 messages/s', shows: 'latency', load: `--clients 50 --senders 1 --rate 200 ${measured}` },
  S2: { title: 'nothing to gather: 1,000 receivers, 50 messages/s', shows: 'latency', load: `--clients 1000 --senders 1 --rate 50 ${measured}` },
  S3: { title: 'closed loop: 1,000 receivers, 10 senders, 64 messages under way', shows: 'rate', load: `--clients 1000 --senders 10 --window 64 ${measured}` },
  S3w16: { title: 'closed loop, 16 messages under way', shows: 'rate', load: `--clients 1000 --senders 10 --window 16 ${measured}` },
  S3w256: { title: 'closed loop, 256 messages under way', shows: 'rate', load: `--clients 1000 --senders 10 --window 256 ${measured}` },
  R1: { title: 'open loop: 1 million deliveries/s asked for, 1,000 receivers, 10 senders', shows: 'both', load: `--clients 1000 --senders 10 --rate 100 ${measured}` },
  R2: { title: 'open loop: 2 million deliveries/s asked for', shows: 'both', load: `--clients 1000 --senders 10 --rate 200 ${measured}` },
  R5: { title: 'open loop: 5 million deliveries/s asked for', shows: 'both', load: `--clients 1000 --senders 10 --rate 500 ${measured}` },
  // With names, as the JSON dialect needs them, ten thousand who come are a hundred million notices of their coming.
  S4: { title: 'a wide room: 10,000 receivers, 5 messages/s', shows: 'memory', load: `--clients 10000 --senders 1 --rate 5 ${measured}`, without: ['parley-json'] },
  S5: { title: 'slow receivers: 50 of 1,000 never read, 10 senders, 200 messages/s, 20 s', shows: 'latency', load: '--clients 1000 --senders 10 --stalled 50 --rate 20 --warm 2s --duration 20s' },
};
