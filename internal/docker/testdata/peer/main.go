// Command peer is the program in the containers of the tests. It connects to an address, serves until it receives a
// byte, or fails.
package main

import (
	"fmt"
	"net"
	"os"
)

func main() {
	var err error
	switch os.Args[1] {
	case "dial":
		err = dial(os.Args[2])
	case "serve":
		err = serve(os.Args[2])
	default:
		err = fmt.Errorf("this is why")
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}

// dial sends a greeting to an address, and then serves.
func dial(address string) error {
	connection, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	if _, err := connection.Write([]byte("hello")); err != nil {
		return err
	}
	if err := connection.Close(); err != nil {
		return err
	}
	return serve("8080")
}

// serve ends when a client sends a byte.
func serve(port string) error {
	listener, err := net.Listen("tcp", ":"+port)
	if err != nil {
		return err
	}
	fmt.Println("serving")
	for {
		connection, err := listener.Accept()
		if err != nil {
			return err
		}
		if n, _ := connection.Read(make([]byte, 1)); n > 0 {
			return nil
		}
	}
}
