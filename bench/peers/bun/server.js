// Bun: its own topics, whose publish goes to every subscriber but the one that calls it.
const topic = 'room';

Bun.serve({
  hostname: '127.0.0.1',
  port: Number(process.argv[2]),
  fetch(request, server) {
    return server.upgrade(request) ? undefined : new Response('a WebSocket is needed\n', { status: 426 });
  },
  websocket: {
    perMessageDeflate: false,
    open: (socket) => socket.subscribe(topic),
    message: (socket, text) => void socket.publish(topic, text),
    close: (socket) => socket.unsubscribe(topic),
  },
});
