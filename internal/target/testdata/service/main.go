// Command service stands in for the fake in a container: it answers with its environment and its arguments.
package main

import (
	"fmt"
	"net"
	"net/http"
	"os"
)

func main() {
	http.HandleFunc("GET /environment", func(w http.ResponseWriter, _ *http.Request) {
		fmt.Fprintln(w, os.Getenv("CUSTOMVISION_TRAINING_KEY"), os.Getenv("AZURE_STORAGE_CONNECTION_STRING"), os.Args[1:])
	})
	http.HandleFunc("GET /resolve", func(w http.ResponseWriter, r *http.Request) {
		fmt.Fprintln(w, lookup(r.FormValue("host")))
	})
	http.HandleFunc("POST /end", func(http.ResponseWriter, *http.Request) {
		fmt.Println("told to end")
		os.Exit(1)
	})
	fmt.Fprintln(os.Stderr, http.ListenAndServe("0.0.0.0:"+os.Getenv("PORT"), nil))
	os.Exit(1)
}

func lookup(host string) any {
	found, err := net.LookupHost(host)
	if err != nil {
		return err
	}
	return found
}
