// Node with the package ws: each message to every other client, as the package's documentation shows it.
'use strict';
const { WebSocketServer, WebSocket } = require('ws');

const port = Number(process.argv[2]);
const server = new WebSocketServer({ host: '127.0.0.1', port, backlog: 4096, perMessageDeflate: false });

server.on('connection', (sender) => {
  sender.on('error', () => sender.terminate());
  sender.on('message', (data, binary) => {
    for (const client of server.clients) {
      if (client !== sender && client.readyState === WebSocket.OPEN) {
        client.send(data, { binary });
      }
    }
  });
});
