// The program in the containers of these tests: it serves, sleeps, fails or looks around.
package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"time"
)

const address = "127.0.0.1:8080"

func main() {
	var err error
	switch command := os.Args[1]; command {
	case "serve":
		fmt.Println("serving", os.Getenv("GREETING"))
		err = http.ListenAndServe(":8080", http.HandlerFunc(greet))
	case "sleep":
		fmt.Println("sleeping with", os.Getenv("PASSWORD"))
		time.Sleep(time.Hour)
	case "fail":
		err = fmt.Errorf("can't go on with %s", os.Getenv("PASSWORD"))
	case "check":
		err = check()
	case "resolve":
		_, err = net.LookupHost(os.Args[2])
	case "cat":
		var content []byte
		if content, err = os.ReadFile(os.Args[2]); err == nil {
			fmt.Print(string(content))
		}
	default:
		err = fmt.Errorf("no such command: %s", command)
	}
	if err != nil {
		fmt.Println(err)
		os.Exit(3)
	}
}

func greet(answer http.ResponseWriter, _ *http.Request) {
	fmt.Fprint(answer, os.Getenv("GREETING"))
}

func check() error {
	connection, err := net.Dial("tcp", address)
	if err != nil {
		return err
	}
	return connection.Close()
}
