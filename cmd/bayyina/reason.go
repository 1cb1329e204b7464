package main

import (
	"errors"
	"io/fs"
	"os"

	"bayyina/cmd/bayyina/config"
	"bayyina/core/ballot"
	"bayyina/core/count"
	"bayyina/core/credential"
	"bayyina/core/election"
	"bayyina/core/mix"
	"bayyina/core/trustee"
	"bayyina/module/vote"
	"bayyina/module/vote/manage"
	"bayyina/platform/identity/account"
	"bayyina/platform/ledger"
	"bayyina/platform/ledger/read"
	"bayyina/platform/ledger/replay"
	"bayyina/platform/message"
	"bayyina/platform/store"
	"bayyina/platform/store/seal"
)

// reason is what went wrong, in words, and what to do about it.
type reason struct {
	AR string `json:"ar"`
	EN string `json:"en"`
}

// reasons are the reasons that people meet, the more precise ones first. The
// error itself, which is in English, names the file, the entry or the number.
var reasons = []struct {
	err error
	reason
}{
	{fs.ErrNotExist, reason{
		"لا يوجد ملف أو مجلد بهذا الاسم. تأكد من المسار.",
		"There is no file or folder of this name. Check the path.",
	}},
	{fs.ErrExist, reason{
		"يوجد ملف بهذا الاسم من قبل، ولا يُكتب فوق شيء. اختر اسما آخر أو انقل الموجود.",
		"There is a file of this name already, and nothing is overwritten. Choose another name, or move it away.",
	}},
	{store.ErrNotEmpty, reason{
		"في قاعدة البيانات جداول من قبل، ولا يُكتب فوق شيء. أنشئ قاعدة بيانات فارغة وسمّها.",
		"The database holds tables already, and nothing is overwritten. Make an empty one and name that.",
	}},
	{fs.ErrPermission, reason{
		"لا تملك الإذن بذلك. شغّل الأمر بحساب صاحب الملفات.",
		"You are not allowed to. Run the command as the owner of the files.",
	}},
	{ballot.ErrOpened, reason{
		"فُتحت هذه الورقة للفحص فلا يُدلى بها أبدا. شفّر ورقة جديدة وأدلِ بها.",
		"This ballot was opened for checking and is never cast. Encrypt a new one and cast that.",
	}},
	{ballot.ErrUnknownCredential, reason{
		"رمز الاقتراع هذا ليس في قائمة هذا الانتخاب. تأكد من أنك كتبته كما هو، وأنه لهذا الانتخاب؛ وإلا فراجع الجهة التي أصدرته.",
		"The credential is not on this election's list. Check that it is typed exactly and is for this election; otherwise ask the authority that issued it.",
	}},
	{ballot.ErrNotCanonical, reason{
		"هذا الملف ليس ورقة اقتراع مكتوبة على الوجه الصحيح. استعمل الملف كما كتبه الأمر bayyina vote cast.",
		"This file is not a ballot in its one spelling. Use it as bayyina vote cast wrote it.",
	}},
	{ballot.ErrWeight, reason{
		"في هذا الانتخاب أسئلة تُخلط أجوبتها، فلكل ناخب صوت واحد. اجعل الأوزان كلها 1، أو ضع هذه الأسئلة في انتخاب آخر.",
		"The election has questions whose answers are shuffled, so each voter has one vote. Make all weights 1, or put these questions into another election.",
	}},
	{ballot.ErrShape, reason{
		"أجوبة الورقة لا توافق الأسئلة. شفّر ورقة بتعريف هذا الانتخاب.",
		"The answers do not fit the questions. Encrypt a ballot with this election's definition.",
	}},
	{credential.ErrPassword, reason{
		"ما كُتب يشبه كلمة مرور، لا رمز اقتراع. اكتب الرمز كما ورد في القصاصة.",
		"This looks like a password, not a credential. Type the credential as it stands on the slip.",
	}},
	{credential.ErrPrivate, reason{
		"ما كُتب ليس رمز اقتراع: فيه أربع مجموعات من الأحرف والأرقام بينها شَرطات، وحرف منها خاطئ أو ناقص. اكتبه كما ورد في القصاصة.",
		"This is not a credential: a character is wrong or missing. Type it as it stands on the slip.",
	}},
	{ballot.ErrWrongElection, reason{
		"ورقة الاقتراع هذه لانتخاب آخر. شفّر ورقة بتعريف هذا الانتخاب.",
		"This ballot is of another election. Encrypt one with this election's definition.",
	}},
	{ballot.ErrProof, reason{
		"أحد براهين الورقة غير صحيح، فلا تُقبل. شفّرها من جديد على جهاز تثق به.",
		"The ballot's proof is wrong, so it is not accepted. Encrypt it anew on a machine that you trust.",
	}},
	{ballot.ErrSignature, reason{
		"توقيع ورقة الاقتراع غير صحيح، فلا تُقبل. شفّرها ووقّعها من جديد على جهاز تثق به.",
		"The ballot's signature is wrong, so it is not accepted. Encrypt and sign it anew on a machine that you trust.",
	}},
	{ballot.ErrOpening, reason{
		"الورقة المفتوحة ليست ما زعمه الجهاز: لا تثق بذلك الجهاز، وأبلغ المفوضية.",
		"The opened ballot is not what the machine claimed: do not trust that machine, and tell the commission.",
	}},
	{vote.ErrAlreadyCast, reason{
		"سبق الإدلاء بهذه الورقة، وهي محفوظة. لتغيير صوتك شفّر ورقة جديدة.",
		"This ballot was cast before, and it is kept. To change your vote, encrypt a new one.",
	}},
	{vote.ErrTooSoon, reason{
		"قُبلت في هذه الثانية نفسها ورقة أخرى بالرمز ذاته، وهي محفوظة. أعد المحاولة بعد لحظة.",
		"Another ballot of the same credential was accepted in this very second, and it is kept. Try again in a moment.",
	}},
	{vote.ErrPlan, reason{
		"في الخطة خطأ، فلم يُنشأ منها شيء. صحّح الموضع المذكور في ملف الخطة، ثم أعد المحاولة.",
		"The plan has a mistake, so nothing was made of it. Correct the place named in the plan's file and try again.",
	}},
	{vote.ErrPhoto, reason{
		"صورة مرشح تذكرها الأسئلة غير موجودة، أو هي غيرها. ضع الصور باسم بصماتها في مجلد واحد وسمّه مع --photos.",
		"A candidate's picture that the questions name is not there, or is another one. Put the pictures into one folder, each named by its hash, and name that with --photos.",
	}},
	{manage.ErrOutline, reason{
		"في ملف الانتخاب خطأ، فلم يُصنع منه شيء. صحّح الموضع المذكور، ثم أعد المحاولة.",
		"The election's file has a mistake, so nothing was made of it. Correct the place that is named and try again.",
	}},
	{ballot.ErrNoHints, reason{
		"لا تُحسب التلميحات إلا لانتخاب في الزمرة Ed25519. تحقّق من هذا الانتخاب بلا تلميحات: لا يتغير الحكم.",
		"Hints are made for elections in Ed25519 only. Verify this one without them: the verdict is the same.",
	}},
	{vote.ErrNotOpen, reason{
		"لم يُفتح باب الاقتراع بعد. أعد المحاولة في موعده.",
		"Voting is not open yet. Try again when it is.",
	}},
	{vote.ErrClosed, reason{
		"أُغلق باب الاقتراع، فلا تُقبل أوراق أخرى.",
		"Voting is closed: no more ballots are taken.",
	}},
	{vote.ErrStillOpen, reason{
		"باب الاقتراع ما زال مفتوحًا. انتظر حتى موعد الإغلاق.",
		"Voting is still open. Wait until it closes.",
	}},
	{vote.ErrVoters, reason{
		"ليست هذه قائمة ناخبين سليمة، فلم يُؤخذ منها شيء. صحّح السطر المذكور، والسطر الأول voter,phone,language أو voter,email,language.",
		"This is not a well-formed voters' list, and nothing of it was taken. Correct the line named; the first one is voter,phone,language or voter,email,language.",
	}},
	{vote.ErrHasBegun, reason{
		"بدأ الاقتراع، فلا تتغير قائمة الناخبين.",
		"Voting has begun: the voters' list stays as it is.",
	}},
	{message.ErrNoSender, reason{
		"هذا الخادم لا يرسل بهذه الطريقة. اضبط خادم البريد ([mail]) أو Kannel ([kannel]) في إعداداته أولًا.",
		"This server does not send that way. Set up the mail server ([mail]) or Kannel ([kannel]) in its settings first.",
	}},
	{vote.ErrCheckLink, reason{
		"ليس هذا رابط فحص كما أظهره مكتب الاقتراع. انسخه كله، من أوله إلى آخره.",
		"This is not a link for checking as the booth shows it. Copy all of it, from its beginning to its end.",
	}},
	{vote.ErrNoOpening, reason{
		"ليس عند الخادم ورقة مفتوحة بهذا الختم: تُحفظ ساعة واحدة بعد فتحها. أعطِ الملف الذي حفظته من مكتب الاقتراع.",
		"The server has no opened ballot with this seal: it is kept for one hour. Give the file that you saved in the booth.",
	}},
	{vote.ErrUnknownElection, reason{
		"لا يعرف هذا الخادم انتخابًا بهذا الاسم. أدخِل إعداده وافتتاحه أولا.",
		"There is no such election on this server. Enter its set-up and opening first.",
	}},
	{vote.ErrTooEarly, reason{
		"لم يحن وقت هذه الخطوة بعد. أتمّ الخطوة التي قبلها.",
		"It is not this step's turn. Finish the one before it.",
	}},
	{vote.ErrNoComplaints, reason{
		"لا تُقدَّم شكاوى في هذا الانتخاب: لم تتقرر قواعدها قبل الاقتراع.",
		"Nobody may complain about this election: no rules were decided before the vote.",
	}},
	{vote.ErrComplaint, reason{
		"هذه الشكوى ناقصة: يلزم نص واسم، وسبب من الأسباب المقبولة، وموضوع موجود في الانتخاب.",
		"The complaint is not complete: it needs a text and a name, one of the admitted grounds, and a subject that the election has.",
	}},
	{vote.ErrManyComplaints, reason{
		"بلغت الشكاوى في هذا الانتخاب حدّها.",
		"There are as many complaints about this election as can be taken.",
	}},
	{vote.ErrComplaints, reason{
		"لا يُصادَق على النتيجة الآن: ما زالت الشكاوى تُقبل، أو لم يُحكم بعد في شكوى قُدمت في موعدها.",
		"The result cannot be certified yet: one may still complain, or a complaint in time is not ruled on. Wait, and enter the rulings first.",
	}},
	{vote.ErrVersion, reason{
		"حيث تُقدَّم الشكاوى تسمّي المصادقة أحدث إصدار من النتيجة (--result-version)، ولا تسمّيه حيث لا تُقدَّم.",
		"Where one may complain the certification names the newest version of the result (--result-version), and elsewhere none.",
	}},
	{vote.ErrCertified, reason{
		"صودق على النتيجة: لا شكوى بعد ذلك ولا حكم.",
		"The result is certified: no complaint and no ruling follows.",
	}},
	{vote.ErrRuling, reason{
		"لا يصح هذا الحكم: تحقق من أرقام الشكاوى، ومن المستبعد، ومن رقم الإصدار.",
		"This ruling cannot be: check the complaints' numbers, who is excluded, and the version's number.",
	}},
	{mix.ErrShape, reason{
		"هذا الخلط ليس لهذه الحصيلة. اخلط الأرشيف كما صدر بعد آخر خلط.",
		"This is not a shuffle of this tally. Shuffle the archive as exported after the shuffle before yours.",
	}},
	{mix.ErrProof, reason{
		"برهان الخلط غير صحيح، فلا يُقبل: ربما أُضيفت إجابات أو حُذفت أو غُيّرت، أو سبقه خلط آخر. أعد الخلط من الأرشيف الأحدث.",
		"The proof of the shuffle is wrong, so it is not accepted: answers may have been added, dropped or changed, or another shuffle came first. Shuffle again from the newest archive.",
	}},
	{count.ErrRule, reason{
		"لا توجد قاعدة كهذه، أو طُلب منها ما ليس فيها. أسماء القواعد يعرضها الأمر bayyina count --help.",
		"There is no such rule, or it was asked for something that is not in it. bayyina count --help shows the rules' names.",
	}},
	{count.ErrVotes, reason{
		"هذه الأصوات لا تُحسب بهذه القاعدة. اختر القاعدة التي كان الاقتراع عليها.",
		"These votes cannot be counted by this rule. Choose the rule that the vote was held under.",
	}},
	{count.ErrFormat, reason{
		"ليس هذا ملف أصوات سليم التكوين. صيغ الملفات في docs/COUNTING.md.",
		"This is not a well-formed file of votes. docs/COUNTING.md has the forms.",
	}},
	{trustee.ErrTooFew, reason{
		"عمليات فك التشفير الجزئية لا تكفي. اجمع ما ينقص من أمناء المفاتيح.",
		"There are too few partial decryptions. Collect the missing ones from the trustees.",
	}},
	{election.ErrUnsupported, reason{
		"هذا النوع من الانتخابات غير مدعوم بعد، فلم يُحكم عليه بشيء.",
		"Elections of this kind are not supported yet: nothing was said for or against it.",
	}},
	{ledger.ErrForked, reason{
		"رأى شاهد تاريخا آخر لهذا السجل. أوقف النشر واحفظ كل شيء: إما نُسخ السجل أو زُوّر.",
		"A witness has seen another history of this log. Stop publishing and keep everything: the log was copied, or forged.",
	}},
	{ledger.ErrBehindWitness, reason{
		"رأى شاهد سجلا أطول من هذا: استُعيدت نسخة قديمة. استعد النسخة الأحدث من مرآة.",
		"A witness has seen a longer log than this: an old copy was restored. Restore the newer one from a mirror.",
	}},
	{ledger.ErrDatabaseBehind, reason{
		"قاعدة البيانات أقدم من سجلها: استُعيدت نسخة قديمة منها. صالِحها مع السجل أولا بالأمر bayyina log reconcile.",
		"The database is older than its log: an old copy of it was restored. Reconcile it with the log first: bayyina log reconcile.",
	}},
	{ledger.ErrLogBehind, reason{
		"السجل أقدم من قاعدة بياناته: استُعيدت نسخة قديمة منه. استعد النسخة الأحدث من مرآة.",
		"The log is older than its database: an old copy of it was restored. Restore the newer one from a mirror.",
	}},
	{ledger.ErrDuplicate, reason{
		"أُدخلت هذه الإفادة من قبل، ولا تُدخل مرتين.",
		"This statement was entered before, and is not entered twice.",
	}},
	{ledger.ErrNoLog, reason{
		"لا سجل لقاعدة البيانات هذه بعد. أنشئه بالأمر bayyina log init.",
		"This database has no log yet. Make one with bayyina log init.",
	}},
	{store.ErrLocked, reason{
		"يعمل برنامج آخر على هذا المجلد. أوقفه أو انتظر فراغه.",
		"Another process works on this folder. Stop it, or wait until it has finished.",
	}},
	{store.ErrNewerSchema, reason{
		"قاعدة البيانات لإصدار أحدث من هذا البرنامج. استعمل الإصدار الأحدث.",
		"The database belongs to a newer version of this program. Use the newer one.",
	}},
	{config.ErrUnknownKey, reason{
		"في الإعدادات مفتاح غير معروف، وأقرب المعروف إليه مذكور في التفصيل. صحّح الإعدادات أو احذف السطر.",
		"The settings have a key that is not known; the nearest known one is named. Correct the settings, or remove the line.",
	}},
	{config.ErrSetting, reason{
		"في الإعدادات قيمة لا تصلح. صحّح الإعدادات في الموضع المذكور.",
		"A value in the settings cannot be used. Correct the settings at the place named.",
	}},
	{errBackup, reason{
		"ليس هذا الملف نسخة احتياطية سليمة صنعها الأمر bayyina backup. استعمل نسخة أخرى.",
		"The file is no sound backup made by bayyina backup. Use another one.",
	}},
	{store.ErrNoTool, reason{
		"لا يوجد برنامج من برامج PostgreSQL. ثبّت الحزمة postgresql-client.",
		"A program of PostgreSQL is missing. Install the package postgresql-client.",
	}},
	{replay.ErrState, reason{
		"الحالة المحفوظة ليست لهذا السجل وهذه السياسة. احذف ملفها ليبدأ الفحص من أوله.",
		"The saved state is not of this log and policy. Remove its file to begin anew.",
	}},
	{read.ErrMissing, reason{
		"ملفٌّ من ملفات السجل غير موجود. خذ نسخة أخرى من السجل.",
		"A file of the log is missing. Take another copy of the log.",
	}},
	{read.ErrDamaged, reason{
		"ملفٌّ من ملفات السجل تالف. خذ نسخة أخرى من السجل.",
		"A file of the log is damaged. Take another copy of the log.",
	}},
	{read.ErrReceiptQR, reason{
		"الإيصال أطول مما يسعه رمز QR، ولا يُحذف منه شيء. احتفظ بملفه النصي: فهو كامل.",
		"The receipt is longer than a QR code can hold, and nothing of it is left out. Keep its text file: it is whole.",
	}},
	{read.ErrNotSealed, reason{
		"ما في الملف ليس ما خُتم في السجل. لا تصدّقه.",
		"What the file says is not what was sealed in the log. Do not believe it.",
	}},
	{read.ErrStatement, reason{
		"هذه ليست إفادة سليمة التكوين. لا تعدّل ملف الإفادة بعد كتابته.",
		"This is not a well-formed statement. Do not edit a statement's file once it is written.",
	}},
	{seal.ErrNoStore, reason{
		"في قاعدة البيانات ما هو مختوم، ومخزن مفاتيحه غير موجود. استعد المجلد seal، وفيه keys.db وinstallation.key، من نسخهما المحفوظة على حدة.",
		"The database has sealed values, and their key store is not there. Restore the folder seal, with keys.db and installation.key, from the copies that are kept apart.",
	}},
	{seal.ErrNoKey, reason{
		"مخزن المفاتيح أقدم من قاعدة البيانات: ينقصه مفتاح مستعمل فيها. استعد نسخة أحدث من seal/keys.db.",
		"The key store is older than the database: a key that is used there is missing. Restore a newer copy of seal/keys.db.",
	}},
	{seal.ErrOther, reason{
		"مخزن المفاتيح لقاعدة بيانات أخرى. ضع في المجلد seal ما يخص هذه.",
		"The key store belongs to another database. Put into the folder seal what belongs to this one.",
	}},
	{seal.ErrWrongKey, reason{
		"مفتاح التثبيت ليس الذي يفتح مخزن المفاتيح: لعله دُوِّر بعد حفظ هذه النسخة. استعد آخر نسخة من installation.key.",
		"The installation key is not the one that opens the key store: perhaps it was rotated since this copy was made. Restore the newest copy of installation.key.",
	}},
	{seal.ErrExposed, reason{
		"يستطيع غير الخادم قراءة مفتاح التثبيت. شغّل chmod 600 على ملفه، ثم bayyina seal rotate.",
		"Others than the server may read the installation key. Run chmod 600 on its file, and then bayyina seal rotate.",
	}},
	{seal.ErrKeyFile, reason{
		"ليس الملف مفتاح تثبيت. استعد ملف installation.key من نسخته.",
		"The file is no installation key. Restore installation.key from its copy.",
	}},
	{seal.ErrTampered, reason{
		"غُيّرت قيمة مختومة، أو نُقلت إلى مكان غير مكانها. لا تصدّق قاعدة البيانات: استعدها من نسخة احتياطية وابحث عمن كتب فيها.",
		"A sealed value was changed, or moved to another place. Do not believe the database: restore it from a backup, and find out who wrote into it.",
	}},
	{account.ErrTaken, reason{
		"هذا مستعمل من قبل. اختر غيره، أو ادعُ الشخص من جديد مع --again.",
		"This is in use already. Choose another, or invite the person --again.",
	}},
	{account.ErrUnknown, reason{
		"لا يوجد شخص أو جهة بهذا. أضف الجهة أولا بالأمر bayyina people organisation.",
		"There is no such person or organisation. Add the organisation first with bayyina people organisation.",
	}},
	{account.ErrMalformed, reason{
		"أحد الأسماء أو العناوين لا يُقبل: فارغ، أو طويل، أو فيه ما لا يُطبع.",
		"A name or address cannot be taken: it is empty, too long, or has characters that are not printed.",
	}},
	{os.ErrDeadlineExceeded, reason{
		"لم يصل الجواب في وقته. تحقق من الاتصال وأعد الأمر: لا يضيع شيء.",
		"No answer came in time. Check the connection and run the command again: nothing is lost.",
	}},
}

// misunderstood is the reason for a usage error.
var misunderstood = reason{
	"لم يُفهم الأمر. أمثلته يعرضها الأمر نفسه مع --help.",
	"The command was not understood. Its examples are shown by the same command with --help.",
}

// undone is the reason for whatever else went wrong.
var undone = reason{"تعذّر التنفيذ.", "It could not be done."}

// explain returns the reason for an error, nil where there are no better words for
// it than its own.
func explain(err error) *reason {
	for i := range reasons {
		if errors.Is(err, reasons[i].err) {
			return &reasons[i].reason
		}
	}
	return nil
}
