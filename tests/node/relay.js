// Three clients of the npm package "ws" in the line dialect: each line that one sends reaches the two others, never itself.
// node relay.js ws://host:port/ws
const { WebSocket } = require('ws');

const url = process.argv[2];
const fail = (why) => { console.error(why); process.exit(1); };
setTimeout(() => fail('timed out'), 20000).unref();

function open(name) {
  return new Promise((resolve) => {
    const socket = new WebSocket(url);
    const client = { name, socket, heard: [] };
    socket.on('message', (data, isBinary) => client.heard.push(isBinary ? 'binary' : data.toString()));
    socket.on('open', () => resolve(client));
    socket.on('error', (error) => fail(`${name}: ${error.message}`));
  });
}

const until = async (condition) => {
  while (!condition()) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
};

(async () => {
  const clients = [await open('a'), await open('b'), await open('c')];
  for (const client of clients) {
    client.socket.send(`from ${client.name}`);
  }
  await until(() => clients.every((client) => client.heard.length >= 2));
  for (const client of clients) {
    // A name that the server gave stands before the text.
    const texts = client.heard.map((line) => line.replace(/^guest-\w+: /, '')).sort();
    const expected = clients.filter((other) => other !== client).map((other) => `from ${other.name}`).sort();
    if (JSON.stringify(texts) !== JSON.stringify(expected)) {
      fail(`${client.name} heard ${JSON.stringify(client.heard)}`);
    }
  }
  let closed = 0;
  for (const client of clients) {
    client.socket.on('close', (code) => {
      if (code !== 1000) {
        fail(`${client.name} was closed with ${code}`);
      }
      closed += 1;
    });
    client.socket.close(1000);
  }
  await until(() => closed === 3);
  console.log('relayed');
  process.exit(0);
})();
