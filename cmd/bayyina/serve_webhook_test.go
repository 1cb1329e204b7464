package main

import (
	"testing"

	"bayyina/platform/locale"
)

func TestEveryEventThatOthersAreToldOfHasWords(t *testing.T) {
	for _, lang := range []string{locale.Arabic, locale.English} {
		l, err := locale.New(lang)
		if err != nil {
			t.Fatal(err)
		}
		for _, k := range webhookKinds {
			if _, err := l.Text("webhook.event-"+string(k.Event), nil); err != nil {
				t.Error(err)
			}
		}
	}
}
