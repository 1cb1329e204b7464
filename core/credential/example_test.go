package credential_test

import (
	"errors"
	"fmt"

	"bayyina/core/credential"
	"bayyina/core/group"
)

// What a voter typed is explained before it is looked up.
func ExampleParsePrivate() {
	_, err := credential.ParsePrivate("abcde-fghij-kmnop")
	fmt.Println(errors.Is(err, credential.ErrPassword))
	_, err = credential.ParsePrivate("11111-1O1111-11111-111112")
	fmt.Println(err)
	p, err := credential.ParsePrivate("11111-111111-11111-111112")
	fmt.Println(err, p)
	fmt.Println(p.Public(group.Ed25519, "vLeneQWFW5VYoa"))
	// Output:
	// true
	// not a credential: group 2, character 2 is none of base 58 (there are no 0, O, I and l)
	// <nil> (private credential)
	// 05f32047fed042a094b8c35684490d3eeb55c7afd02569001d512431e1624f86
}
