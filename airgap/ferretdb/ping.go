package main

import (
	"bytes"
	"encoding/binary"
	"fmt"
	"io"
	"net"
	"time"
)

const (
	pingTimeout   = 2 * time.Second
	opMsg         = 2013
	headerBytes   = 16
	replyMaxBytes = 64 << 10
)

var (
	// {ping: 1, $db: "admin"} in BSON.
	pingCommand = []byte("\x1e\x00\x00\x00\x10ping\x00\x01\x00\x00\x00\x02$db\x00\x06\x00\x00\x00admin\x00\x00")
	// {…, ok: 1.0, …} in BSON.
	okField = []byte("\x01ok\x00\x00\x00\x00\x00\x00\x00\xf0\x3f")
)

// ping asks the server at address on this machine whether it answers commands.
//
// One message of the wire protocol is all it takes; a driver would make every health check connect
// twice and monitor the deployment.
func ping(address string) error {
	host, port, _ := net.SplitHostPort(address)
	if ip := net.ParseIP(host); host == "" || ip.IsUnspecified() {
		host = "localhost"
	}
	conn, err := net.DialTimeout("tcp", net.JoinHostPort(host, port), pingTimeout)
	if err != nil {
		return err
	}
	defer conn.Close()
	if err := conn.SetDeadline(time.Now().Add(pingTimeout)); err != nil {
		return err
	}

	message := binary.LittleEndian.AppendUint32(nil, uint32(headerBytes+5+len(pingCommand)))
	message = binary.LittleEndian.AppendUint32(message, 1) // request id
	message = binary.LittleEndian.AppendUint32(message, 0) // in response to nothing
	message = binary.LittleEndian.AppendUint32(message, opMsg)
	message = append(message, 0, 0, 0, 0) // flags
	message = append(message, 0)          // a section with one document
	message = append(message, pingCommand...)
	if _, err := conn.Write(message); err != nil {
		return err
	}

	size := make([]byte, 4)
	if _, err := io.ReadFull(conn, size); err != nil {
		return fmt.Errorf("no answer from %s: %w", address, err)
	}
	length := binary.LittleEndian.Uint32(size)
	if length < headerBytes || length > replyMaxBytes {
		return fmt.Errorf("%s doesn't speak MongoDB's protocol", address)
	}
	reply := make([]byte, length-4)
	if _, err := io.ReadFull(conn, reply); err != nil {
		return fmt.Errorf("half an answer from %s: %w", address, err)
	}
	if !bytes.Contains(reply, okField) {
		return fmt.Errorf("%s answered the ping with an error", address)
	}
	return nil
}
