// Go with gorilla/websocket: one goroutine owns the room; each client has a queue, a reading and a writing goroutine.
// As in gorilla's chat, what waits for a client goes out in one frame, line by line, and a client whose queue is full is cut.
package main

import (
	"log"
	"net/http"
	"os"

	"github.com/gorilla/websocket"
)

const queued = 256

type client struct {
	socket *websocket.Conn
	queue  chan []byte
}

type message struct {
	from *client
	text []byte
}

type room struct {
	enter, leave chan *client
	messages     chan message
}

func (r *room) run() {
	clients := make(map[*client]struct{})
	drop := func(c *client) {
		if _, in := clients[c]; in {
			delete(clients, c)
			close(c.queue)
		}
	}
	for {
		select {
		case c := <-r.enter:
			clients[c] = struct{}{}
		case c := <-r.leave:
			drop(c)
		case m := <-r.messages:
			for c := range clients {
				if c == m.from {
					continue
				}
				select {
				case c.queue <- m.text:
				default:
					drop(c)
				}
			}
		}
	}
}

func (c *client) read(r *room) {
	defer func() {
		r.leave <- c
		c.socket.Close()
	}()
	for {
		_, text, err := c.socket.ReadMessage()
		if err != nil {
			return
		}
		r.messages <- message{c, text}
	}
}

func (c *client) write() {
	defer c.socket.Close()
	for text := range c.queue {
		frame, err := c.socket.NextWriter(websocket.TextMessage)
		if err != nil {
			return
		}
		frame.Write(text)
		for more := len(c.queue); more > 0; more-- {
			next, open := <-c.queue
			if !open {
				break
			}
			frame.Write([]byte{'\n'})
			frame.Write(next)
		}
		if frame.Close() != nil {
			return
		}
	}
}

func main() {
	r := &room{make(chan *client), make(chan *client), make(chan message)}
	go r.run()
	upgrader := websocket.Upgrader{ReadBufferSize: 1024, WriteBufferSize: 1024}
	http.HandleFunc("/", func(w http.ResponseWriter, request *http.Request) {
		socket, err := upgrader.Upgrade(w, request, nil)
		if err != nil {
			return
		}
		c := &client{socket, make(chan []byte, queued)}
		r.enter <- c
		go c.write()
		go c.read(r)
	})
	log.Fatal(http.ListenAndServe("127.0.0.1:"+os.Args[1], nil))
}
