package account

import "strings"

// Device names browser and system of a sign-in, as far as the browser's description tells:
// it is for the owner's eye, and proves nothing.
func (s SignIn) Device() string {
	find := func(marks [][2]string) string {
		for _, m := range marks {
			if strings.Contains(s.Agent, m[0]) {
				return m[1]
			}
		}
		return ""
	}
	// The order matters: each browser claims to be those below it.
	browser := find([][2]string{{"Edg", "Edge"}, {"OPR/", "Opera"}, {"Firefox/", "Firefox"}, {"Chrome/", "Chrome"}, {"Safari/", "Safari"}})
	system := find([][2]string{{"Android", "Android"}, {"iPhone", "iPhone"}, {"iPad", "iPad"}, {"Windows", "Windows"}, {"Mac OS", "macOS"}, {"Linux", "Linux"}})
	switch {
	case browser == "" && system == "":
		return "–"
	case browser == "" || system == "":
		return browser + system
	}
	return browser + " · " + system
}

// Message is the message id of the means in words.
func (m Means) Message() string { return "account.means-" + string(m) }
