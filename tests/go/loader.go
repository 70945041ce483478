// SPDX-License-Identifier: LGPL-2.1-only OR BSD-2-Clause
//
// Loads a BPF object with cilium/ebpf as any Go program would, and prints `run NAME RETVAL` for each XDP program, over a
// packet of 64 bytes with the metadata in front of it, and `loaded NAME` for each other one.
//
//	loader [-btf FILE] OBJECT METADATA		the metadata in hexadecimal
//
// Without -btf the library finds the kernel's BTF by itself.
package main

import (
	"encoding/binary"
	"encoding/hex"
	"flag"
	"fmt"
	"os"
	"sort"

	"github.com/cilium/ebpf"
	"github.com/cilium/ebpf/btf"
)


func run(name string, prog *ebpf.Program, meta []byte) error {
	if prog.Type() != ebpf.XDP {
		fmt.Println("loaded", name)
		return nil
	}
	context := make([]byte, 24)
	binary.LittleEndian.PutUint32(context[0:], uint32(len(meta)))
	binary.LittleEndian.PutUint32(context[4:], uint32(len(meta)+64))
	verdict, err := prog.Run(&ebpf.RunOptions{
		Data:    append(append([]byte{}, meta...), make([]byte, 64)...),
		Context: context,
	})
	if err == nil {
		fmt.Println("run", name, verdict)
	}
	return err
}

func load(object, custom string, meta []byte) error {
	var options ebpf.CollectionOptions

	spec, err := ebpf.LoadCollectionSpec(object)
	if err != nil {
		return err
	}
	if custom != "" {
		if options.Programs.KernelTypes, err = btf.LoadSpec(custom); err != nil {
			return err
		}
	}
	all, err := ebpf.NewCollectionWithOptions(spec, options)
	if err != nil {
		return err
	}
	defer all.Close()
	var names []string
	for name := range all.Programs {
		names = append(names, name)
	}
	sort.Strings(names)
	for _, name := range names {
		if err := run(name, all.Programs[name], meta); err != nil {
			return err
		}
	}
	return nil
}

func main() {
	custom := flag.String("btf", "", "BTF in the place of the kernel's")
	flag.Parse()
	meta, err := hex.DecodeString(flag.Arg(1))
	if err == nil {
		err = load(flag.Arg(0), *custom, meta)
	}
	if err != nil {
		fmt.Fprintln(os.Stderr, "loader:", err)
		os.Exit(1)
	}
}
