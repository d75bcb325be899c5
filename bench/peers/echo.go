// An echo in Go: a goroutine for each TCP connection, one for all datagrams. Prints the port; `echo udp` serves UDP.
package main

import (
	"fmt"
	"net"
	"os"
)

func serve(connection net.Conn) {
	defer connection.Close()
	buffer := make([]byte, 64*1024)
	for {
		length, err := connection.Read(buffer)
		if length > 0 {
			if _, err := connection.Write(buffer[:length]); err != nil {
				return
			}
		}
		if err != nil {
			return
		}
	}
}

func serveDatagrams(socket *net.UDPConn) {
	buffer := make([]byte, 65535)
	for {
		length, from, err := socket.ReadFromUDPAddrPort(buffer)
		if err == nil {
			socket.WriteToUDPAddrPort(buffer[:length], from)
		}
	}
}

func main() {
	if len(os.Args) > 1 && os.Args[1] == "udp" {
		socket, err := net.ListenUDP("udp4", &net.UDPAddr{IP: net.IPv4(127, 0, 0, 1)})
		if err != nil {
			panic(err)
		}
		fmt.Println(socket.LocalAddr().(*net.UDPAddr).Port)
		serveDatagrams(socket)
	}
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		panic(err)
	}
	fmt.Println(listener.Addr().(*net.TCPAddr).Port)
	for {
		connection, err := listener.Accept()
		if err == nil {
			go serve(connection)
		}
	}
}
