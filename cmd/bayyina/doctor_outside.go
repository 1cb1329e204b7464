package main

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"time"

	"golang.org/x/sys/unix"

	"bayyina/cmd/bayyina/config"
)

const (
	leastDisk     = 1 << 30 // bytes
	mostDrift     = 30 * time.Second
	leastDays     = 14 // of the certificate
	doctorTimeout = 10 * time.Second
)

func (d *doctor) disk() {
	var s unix.Statfs_t
	if err := unix.Statfs(d.dir, &s); err != nil {
		return // the files were told of
	}
	free := s.Bavail * uint64(s.Bsize)
	ar, en := fmt.Sprintf("المتاح على القرص %d ميغابايت", free>>20), fmt.Sprintf("%d MiB of disk are free", free>>20)
	if free < leastDisk {
		d.ill("disk", reason{ar, en}, reason{"وسّع القرص: إذا امتلأ توقف السجل", "Make room: when the disk is full the log stands still"})
		return
	}
	d.well("disk", ar, en)
}

// witnesses asks each witness whether it answers, and what time it has.
func (d *doctor) witnesses() {
	history, err := d.history()
	if err != nil {
		return // told with the keys
	}
	answered := 0
	witnesses, quorum := history.WitnessesAt(d.size)
	for _, w := range witnesses {
		name, _, _ := strings.Cut(w.Key, "+")
		if w.URL == "" {
			continue
		}
		at, err := d.timeOf(w.URL)
		if err != nil {
			d.ill("witnesses", reason{"لا يجيب الشاهد " + name + ": " + err.Error(), "witness " + name + " does not answer: " + err.Error()},
				reason{"اتصل بالجهة التي تشغّله؛ يكفي النصاب ما دام مكتملا", "Call the body that runs it; a quorum is enough while it lasts"})
			continue
		}
		answered++
		drift := d.now().Sub(at).Abs()
		if !at.IsZero() && drift > mostDrift {
			d.ill("clock", reason{
				fmt.Sprintf("ساعة هذا الجهاز تخالف ساعة الشاهد %s بمقدار %v", name, drift.Round(time.Second)),
				fmt.Sprintf("this machine's clock and that of witness %s differ by %v", name, drift.Round(time.Second)),
			}, reason{"شغّل خدمة ضبط الوقت (chrony أو systemd-timesyncd)", "Run a time service (chrony or systemd-timesyncd)"})
		}
	}
	if answered >= quorum {
		d.well("witnesses", fmt.Sprintf("أجاب %d من الشهود، والنصاب %d", answered, quorum),
			fmt.Sprintf("%d witnesses answer; the quorum is %d", answered, quorum))
	}
}

// timeOf asks a server for the time; zero where it does not say.
func (d *doctor) timeOf(address string) (time.Time, error) {
	ctx, cancel := context.WithTimeout(d.ctx, doctorTimeout)
	defer cancel()
	req, err := http.NewRequestWithContext(ctx, http.MethodGet, address, nil)
	if err != nil {
		return time.Time{}, err
	}
	resp, err := http.DefaultClient.Do(req)
	if err != nil {
		return time.Time{}, err
	}
	defer resp.Body.Close()
	at, err := http.ParseTime(resp.Header.Get("Date"))
	if err != nil {
		return time.Time{}, nil
	}
	return at, nil
}

func (d *doctor) certificate() {
	if d.settings.TLS.Certificate == "" {
		return
	}
	renew := reason{"جدّد الشهادة؛ يقرؤها الخادم من جديد بلا إعادة تشغيل", "Renew the certificate; the server reads it anew without a restart"}
	pair, err := tls.LoadX509KeyPair(d.settings.TLS.Certificate, d.settings.TLS.Key)
	if err != nil {
		d.ill("certificate", reason{"لا تُقرأ الشهادة: " + err.Error(), err.Error()}, renew)
		return
	}
	leaf, err := x509.ParseCertificate(pair.Certificate[0])
	if err != nil {
		d.ill("certificate", reason{"لا تُقرأ الشهادة: " + err.Error(), err.Error()}, renew)
		return
	}
	days := int(leaf.NotAfter.Sub(d.now()).Hours() / 24)
	ar, en := fmt.Sprintf("الشهادة صالحة إلى %s (الأيام: %d)", leaf.NotAfter.Format(time.DateOnly), days), fmt.Sprintf("the certificate is valid until %s (%d days)", leaf.NotAfter.Format(time.DateOnly), days)
	for _, origin := range []string{d.settings.Site.Origin, d.settings.Site.Signing} {
		if u, err := url.Parse(origin); err == nil && origin != "" && leaf.VerifyHostname(u.Hostname()) != nil {
			d.ill("certificate", reason{"الشهادة ليست لاسم " + u.Hostname(), "the certificate is not for " + u.Hostname()}, renew)
		}
	}
	if days < leastDays {
		d.ill("certificate", reason{ar, en}, renew)
		return
	}
	d.well("certificate", ar, en)
}

// ports sees whether the server can listen, or does already.
func (d *doctor) ports() {
	for _, address := range []string{d.settings.Listen.Site, d.settings.Listen.Metrics} {
		if address == "" {
			continue
		}
		l, err := net.Listen("tcp", address)
		if err == nil {
			_ = l.Close() // it was opened to see
			d.well("ports", address+": حر", address+" is free")
			continue
		}
		client := http.Client{Timeout: doctorTimeout}
		_, port, _ := net.SplitHostPort(address)
		resp, asked := client.Get("http://127.0.0.1:" + port + "/healthz")
		if asked == nil {
			_ = resp.Body.Close() // only that it answers counts
		}
		if asked == nil || errors.Is(err, unix.EADDRINUSE) {
			d.well("ports", address+": مشغول، فلعل الخادم يعمل", address+" is in use: the server runs, or another program does")
			continue
		}
		d.ill("ports", reason{"لا يُفتح " + address + ": " + err.Error(), err.Error()},
			reason{"غيّر listen في الإعدادات، أو أعط الخادم الإذن بالمنفذ", "Change listen in the settings, or let the server use the port"})
	}
}

// names sees whether the site's hosts have addresses, and whether decisions are signed
// where the log says.
func (d *doctor) names() {
	for _, origin := range []string{d.settings.Site.Origin, d.settings.Site.Signing} {
		u, err := url.Parse(origin)
		if origin == "" || err != nil {
			continue
		}
		ctx, cancel := context.WithTimeout(d.ctx, doctorTimeout)
		_, err = net.DefaultResolver.LookupHost(ctx, u.Hostname())
		cancel()
		if err != nil && !config.Loopback(net.JoinHostPort(u.Hostname(), "0")) {
			d.ill("names", reason{"لا عنوان للاسم " + u.Hostname(), u.Hostname() + " has no address: " + err.Error()},
				reason{"أضف الاسم إلى DNS", "Add the name to DNS"})
			continue
		}
		d.well("names", u.Hostname()+": له عنوان", u.Hostname()+" has an address")
	}
	history, err := d.history()
	if err != nil || d.settings.Site.Signing == "" {
		return
	}
	if passkeys := history.Passkeys(); !slices.Contains(passkeys.Origins, d.settings.Site.Signing) {
		d.ill("signing", reason{
			"لا يعرف السجل أن القرارات تُوقَّع على " + d.settings.Site.Signing,
			"the log does not say that decisions are signed at " + d.settings.Site.Signing + " (it says " + strings.Join(passkeys.Origins, ", ") + ")",
		}, reason{"اجعل site.signing كما في أول السجل", "Set site.signing to what the genesis says"})
	}
}

// backups looks at the age of the newest backup.
func (d *doctor) backups() {
	const ar, en = "انسخ احتياطيا كل يوم بالأمر bayyina backup، وسمِّ المجلد في backup.dir", "Back up every day with bayyina backup, and name the folder in backup.dir"
	if d.settings.Backup.Dir == "" {
		d.ill("backups", reason{"لا تذكر الإعدادات مكان النسخ الاحتياطية", "the settings do not say where backups are"}, reason{ar, en})
		return
	}
	newest := time.Time{}
	files, _ := filepath.Glob(filepath.Join(d.settings.Backup.Dir, "*.tar"))
	for _, path := range files {
		if info, err := os.Stat(path); err == nil && info.ModTime().After(newest) {
			newest = info.ModTime()
		}
	}
	if newest.IsZero() {
		d.ill("backups", reason{"لا نسخة احتياطية في " + d.settings.Backup.Dir, "there is no backup in " + d.settings.Backup.Dir}, reason{ar, en})
		return
	}
	age := d.now().Sub(newest).Round(time.Minute)
	if age > time.Duration(d.settings.Backup.MaxAge) {
		d.ill("backups", reason{fmt.Sprintf("أحدث نسخة احتياطية عمرها %v", age), fmt.Sprintf("the newest backup is %v old", age)}, reason{ar, en})
		return
	}
	d.well("backups", fmt.Sprintf("أحدث نسخة احتياطية عمرها %v", age), fmt.Sprintf("the newest backup is %v old", age))
}
