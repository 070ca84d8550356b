"""Refusals in the manner of many servers, and what each says. The words are ours; the habits are those of real ones."""
# ruff: noqa: E501 - a reply is one line

READER = "anna.reader@example.org"

# There is no such mailbox, or it is shut, or its domain is gone.
DEAD = """
550 5.1.1 <anna.reader@example.org>: Recipient address rejected: User unknown in virtual mailbox table
550 5.1.1 <anna.reader@example.org>: Recipient address rejected: example.org
550-5.1.1 The mailbox you have written to does not exist here. Please look at the address again for 550-5.1.1 typing errors. See 550 5.1.1 https://support.example.com/mail/?p=NoSuchUser a17si8812 - gsmtp
550 5.2.1 The mailbox you have written to is disabled. f3-20020si1 - gsmtp
550 5.1.10 RESOLVER.ADR.RecipientNotFound; Recipient anna.reader@example.org not found by address lookup
550 5.1.1 RESOLVER.ADR.ExRecipNotFound; not found
550 5.4.1 Recipient address rejected: Access denied. AS(201806271) [DB5EUR03FT0.eop-EUR03.prod.example.com]
550 5.7.504 Recipient address rejected: Access denied
550 5.5.0 Requested action not taken: mailbox unavailable (S2017062302).
5.5.0 smtp;550 5.5.0 Requested action not taken: mailbox unavailable
550 Requested action not taken: mailbox unavailable
550 Requested action not taken: the mailbox is not available at this time of our lives
554 delivery error: dd That user doesn't have an example.org account (anna.reader@example.org) [-9] - mta7.mail.example.com
554 delivery error: dd Sorry, your mail to anna.reader@example.org cannot be delivered. This account was disabled or discontinued [#112].
554 30 Sorry, your message to anna.reader@example.org cannot be delivered. This mailbox is disabled (554.30)
552 1 Requested mail action aborted, mailbox not found
550 #5.1.0 Address rejected.
550 5.1.0 Address rejected
5.1.0 - Unknown address error 550-'No Such User Here' (delivery attempts: 0)
5.0.0 smtp; 5.1.0 - Unknown address error 550-'5.7.1 <anna.reader@example.org>: Recipient address rejected: User unknown' (delivery attempts: 0)
550 5.7.1 <anna.reader@example.org>... User unknown
550 5.7.1 No such user!
554 5.7.1 Unknown recipient anna.reader@example.org
555 5.7.1 User unknown
550 User unknown
550 Unknown user: anna.reader@example.org
550 No such recipient here
550 No such user here
550 No Such User Here"
550 There is nobody by that name at this address
550 sorry, no mailbox here by that name (#5.1.1 - chkuser)
553 sorry, this address is in my badrcptto list (#5.7.1)
511 sorry, no mailbox here by that name (#5.1.1 - chkuser)
550 Unrouteable address
550 no longer on this server
550 nobody with such an address works here
550 RecipNotFound
550 unknown local-part "anna.reader" in domain "example.org"
550-Callout verification failed: 550 no such address here
550 Sorry, I couldn't find any mailbox by that name
550 User anna.reader (anna.reader@example.org) not listed in Domino Directory
X-Notes; Recipient not listed in the public address book
550 5.1.1 anna.reader@example.org... Recipient does not exist on this server
550 5.1.6 Recipient no longer on this server: anna.reader@example.org
551 User not local; please try another one
551 <anna.reader@example.org> is a deactivated mailbox
550 <anna.reader@example.org> not found
550 5.1.1 Not our customer
550 5.2.1 <anna.reader@example.org> account closed, please remove it from your list
550 This mailbox was blocked because of inactivity
550 5.2.1 This account has been dormant for 12 months and was deactivated
550 User account is not active
550 account anna.reader expired in March
550 invalid/inactive user
550 user suspended
550 5.2.1 Mailbox suspended
550 account has been terminated
550 the account was deleted by its owner
550 5.1.1 Recipient unknown: our records show no person of that name
550 Anna no longer works for the company; please update your address book
550 This address is no longer in use
550 The e-mail address is no longer valid
550 That address does not accept mail any more
550 Message was not accepted -- invalid mailbox. Local mailbox anna.reader@example.org is unavailable: user not found
550 5.1.1 No such user; please check the address of the recipient
550 Invalid recipient - https://community.example.com/docs/DOC-1369#550
A mail that you have sent was rejected by the local scanning code that looks at incoming mails. It said: invalid mailbox, user not found
there is no user by that name here: the mail had 1 file attachment
550 Mailbox not found. http://service.mail.example.com/cgi-bin/help?subtype=1&&id=20022&&no=1000728
550 The recipient may contain a non-existent account, please check the recipient address.
550 Mailbox unavailable or access denied
550 User not found: anna.reader@example.org
550 5.1.1 recipient mailbox unallocated
504 mailbox is disabled
500 no such user
503 user unknown
501 5.1.3 Bad recipient address syntax
553 5.1.2 Unknown domain: example.org
550 5.1.2 <anna.reader@example.org>... Host unknown (Name server: example.org.: host not found)
554 5.4.4 Unable to route: no such domain
5.4.4 X-Postfix; Host or domain name not found. Name service error for name=example.org type=AAAA: Host not found
550 5.4.310 DNS domain example.org does not exist [Message=InfoDomainNonexistent]
DNS Error: DNS type 'mx' lookup of example.org responded with code NXDOMAIN Domain name not found: example.org
556 5.1.10 Recipient address has null MX
554 5.1.2 Recipient domain not found
550 No such domain at this location
550 5.1.1 Adresse d'au moins un destinataire invalide. Invalid recipient. OFR_416 [416]
550 5.5.0 Boite du destinataire archivee. Archived recipient. LPN007_420
550 5.5.0 Le compte du destinataire est bloque. The recipient account is blocked. LPN007_426
550 5.1.1 Utilisateur inconnu
550 Cette adresse n'existe plus
550 Empfänger unbekannt
550 5.1.1 Der Empfänger anna.reader@example.org wurde nicht gefunden
550 Dieses Postfach existiert nicht mehr
550 Konto wurde deaktiviert
550 Usuario desconocido
550 No existe ese usuario en este servidor
550 La casilla ha caducado
550 La cuenta de correo está deshabilitada
550 Usuário inexistente
550 5.1.1 A caixa postal não existe
550 Utente sconosciuto
550 Casella inesistente o disattivata
550 Destinatario sconosciuto
550 Gebruiker onbekend
550 Dit adres bestaat niet
550 Nie ma takiego użytkownika
550 5.1.1 Konto zostało zablokowane albo usunięte
550 Uživatel neexistuje
550 Ismeretlen felhasználó
550 Böyle bir kullanıcı yok
550 Пользователь не найден
550 5.1.1 Такого пользователя нет в этом домене
550 Почтовый ящик заблокирован
550 Невідомий одержувач або адресат не існує
550 用户不存在
550 收件人地址不存在
550 查無此使用者
550 宛先のメールアドレスは存在しません
550 5.1.1 ユーザが見つかりません
550 존재하지 않는 사용자입니다
550 5.1.1 수신자를 찾을 수 없습니다
5.1.1
5.1.1 smtp; 550 <anna.reader@example.org>
550 5.1.1 anna.reader@example.org
550 5.2.1
550 permanent failure for one or more recipients (anna.reader@example.org:550 No such user)
Remote host said: 550 5.1.1 <anna.reader@example.org>: Email address could not be found, or was misspelled (G8)
said: 550 5.1.1 Address does not exist. 8sdh3kQpZ (in reply to RCPT TO command)
550 BAD_RECIPIENT
smtp; 550 5.1.1 RecipientNotFound
550 the following recipient was undeliverable
550 We have no such account
550 we don't have a mailbox for this person
550 mailbox does not exist
550 Can't find user anna.reader in the directory
550 5.1.1 not a valid mailbox
550 This user isn't known at this site
550 recipient rejected
550 5.1.1 <anna.reader@example.org> recipient rejected
554 5.0.0 Recipient refused
550 Your message was not delivered: the account that it was sent to does not exist
550 5.0.350 Remote server returned an error -> 550 #5.1.0 Address rejected.
550 5.1.351 Remote server returned unknown recipient or mailbox unavailable -> 550 5.1.1 nobody
553 5.3.0 <anna.reader@example.org>... Addressee unknown, relay=[192.0.2.8]
553 sorry, no such account at this host (#5.1.1 - qmail)
550-Mailbox unknown. Either there is no mailbox associated with this 550-name or you may not see it. 550 5.1.1 User unknown
550 5.1.1 Boîte aux lettres fermée (LPN105_150)
550 cuda_nsu anna.reader: no such user
550 csi.example.net The address of the recipient is possibly incorrect
550 MI:SPB The user does not exist
553 Requested action not taken: NO such user or user locked
550 5.2.1 anna.reader@example.org mailbox is locked for non payment
550 5.1.1 <anna.reader@example.org> is a hidden alias that its owner has disabled
550 5.1.1 <anna.reader@example.org>: Recipient address rejected: unverified address: unknown user: "anna.reader"
550 The mailbox has no owner
550 This recipient has been taken out of service
550 5.2.1 This mailbox is not allowed to receive mail
550 User is not permitted to receive external mail: account suspended
550 5.7.1 You sent this to a mailbox which does not exist
550 5.1.1 The address is not one of ours
5.4.4 (unable to route: no mail hosts for domain)
5.4.4
550 Adresse inconnue au bataillon
550 Ce compte n'est plus actif
550 Die angegebene Adresse ist ungültig
550 El destinatario no fue encontrado
550 Buzón no disponible
550 Esta conta foi encerrada
550 O destinatário não foi encontrado
550 De mailbox bestaat niet meer
550 Adresa nu există
550 Mottagaren hittades inte
550 Brukeren finnes ikke
550 Vastaanottajaa ei löydy
550 Ο παραλήπτης δεν υπάρχει
550 المستخدم غير موجود
550 Người dùng không tồn tại
550 Alamat tidak ditemukan
550 משתמש לא קיים
550 Ящик удалён владельцем
550 帳號已停用
550 このアドレスは現在使われておりません
550 宛先不明
550 해당 사용자가 없습니다
"""

# Too full for another mail.
FULL = """
552 5.2.2 Over quota
452 4.2.2 Over quota
5.1.1 smtp; 552 5.2.2 Over quota
452-4.2.2 The inbox of the recipient is out of storage space. Please ask them to 452-4.2.2 make room.
552-5.2.2 The recipient's inbox is out of storage space and inactive
552 5.2.2 Mailbox size limit exceeded
550 5.2.2 STOREDRV.Deliver; mailbox full. The following information should help: QuotaExceededException
554 5.2.2 mailbox full
552 Requested mail action aborted: exceeded storage allocation Quota exceeded. The recipient mailbox is full.
550 account is over quota
550 This account is over quota and cannot take any more mail
552 5.1.1 Boite du destinataire pleine. Recipient overquota. OFR_417 [417]
550 Postfach ist voll
550 Das Speicherkontingent des Empfängers wurde überschritten
550 El buzón está lleno
550 Casella piena
550 Caixa postal cheia
550 Skrzynka odbiorcy jest przepełniona
550 Почтовый ящик переполнен
550 邮箱已满
550 メールボックスの容量を超えました
550 받은 편지함 용량이 가득 찼습니다
550 mailbox for user is full (MTA-imposed quota exceeded while writing to file)
550 the user has exceeded the allowed mailbox size
554 5.2.2 Recipient storage full, try again later
550 5.7.1 Mailbox full
"""

# A trouble that passes, or that nobody can make sense of.
PASSING = """
450 4.1.1 <anna.reader@example.org>: unverified address: address verification in progress
450 user unknown for the moment
450 4.2.0 Requested mail action not taken: mailbox unavailable
452 4.3.1 Insufficient system storage
451 4.3.0 Temporary lookup failure
421 4.3.2 System not accepting network messages
550 5.2.1 Mailbox temporarily disabled
554 5.4.6 Too many hops
554 5.4.14 Hop count exceeded - possible mail loop
4.4.7 smtp; 550 4.4.7 QUEUE.Expired; message expired
5.4.7 smtp; 554 5.4.7 Delivery time expired
4.4.1 X-Postfix; connect to mx.example.org[192.0.2.25]:25: Connection timed out
4.4.3 X-Postfix; Host or domain name not found. Name service error for name=example.org type=MX: Host not found, try again
554 5.3.5 Local configuration error
550 5.3.0 Disk full
550 Something went wrong
554 Transaction failed
550 5.0.0 no
5.1.1 smtp; 550 Verily, it shall come to nought
5.2.1 SMTP; 554 Today is Tuesday

5.0.0
"""

# Said of us: who we are, where we send from, what and how much. Never the reader's fault, whatever the number.
OURS = """
550 5.7.1 Our policy does not allow this
550 Denied
550 5.1.0 192.0.2.8 is not allowed to send from <example.net> per it's SPF Record
550 5.1.1 SPF check failed for the domain of the sender; recipient anna.reader@example.org was not tried
550 5.7.23 The message was refused because of a violation of the Sender Policy Framework
550 5.7.26 Unauthenticated email from example.net is not accepted due to the domain's DMARC policy
550 5.7.509 Access denied, sending domain EXAMPLE.NET does not pass DMARC verification
550 5.7.515 Access denied, sending domain EXAMPLE.NET doesn't meet the required authentication level
550 5.1.1 DKIM signature missing or wrong
554 5.7.5 Permanent error evaluating DMARC policy
5.1.1 smtp; 550 5.7.1 IP address blacklisted
554 5.7.1 Service unavailable; Client host [192.0.2.8] blocked using zen.spamhaus.org; https://www.spamhaus.org/query/ip/192.0.2.8
550 5.2.1 Mailbox unavailable. Your IP address 192.0.2.8 is on a blacklist
550 Rejected: 192.0.2.8 is listed at dnsbl.example.net
554 Your IP is listed by a blocklist; user unknown
550 5.1.1 Blocked - see https://csi.example.com/reset-request/?ip=192.0.2.8
550 5.7.606 Access denied, banned sending IP [192.0.2.8]
550 5.7.511 Access denied, banned sender[192.0.2.8]
550 5.7.1 Unfortunately, messages from [192.0.2.8] weren't sent. Please contact your Internet service provider since part of their network is on our block list (S3150).
553 5.7.1 [BL21] Connections will not be accepted from 192.0.2.8, because the ip is in Spamhaus's list
421 4.7.0 [TSS04] Messages from 192.0.2.8 temporarily deferred due to unexpected volume or user complaints
553 5.7.2 [TSS09] All messages from 192.0.2.8 will be permanently deferred; retrying will not succeed
554 IP=192.0.2.8 - A problem occurred. (Ask your postmaster for help or to contact abuse@example.net to clarify.) (BL)
554-mx.example.net Your access to this mail system has been rejected due to the sending MTA's poor reputation
550-5.7.1 [192.0.2.8] Our system has detected that this message is likely suspicious due to the very low reputation of the sending domain
550-5.7.1 likely unsolicited mail. To reduce the amount of spam sent to our users, this message has been blocked
552 5.2.0 abcd1234 Message contains spam or virus or sender is blocked : x
554 5.7.1 Spam message rejected. Please visit http://help.example.net/notspam-support/id?c=abc
550 spam message discarded
552 Attachments of this kind are not taken
550 5.1.1 Message rejected as junk by our filter
554 5.7.1 Message cannot be accepted, spam rejection
550 Mail content denied. http://service.mail.example.com/cgi-bin/help?subtype=1
554 DT:SPM mx12,abc please see http://mail.example.com/help/help_spam_16.htm
550 High probability of spam
554 5.7.1 [CS01] Message rejected due to local policy.
554 5.7.1 Message not accepted for policy reasons
550 5.2.0 Mail rejete. Mail rejected. OFR_506 [506]
550 5.0.0 Virus found in the mail
550 5.7.1 A URL in this message is listed on a block list
550-5.2.1 The user you are trying to contact is receiving mail at a rate that 550-5.2.1 prevents additional messages from being delivered.
450 4.2.1 The user is receiving mail too quickly
421 4.7.28 Our system has detected an unusual rate of mail from your IP address
550 5.1.1 Too many recipients in this hour
550 5.4.5 Daily user sending quota exceeded
452 4.1.0 192.0.2.8 Throttled - try again later
550 too many invalid recipients
550 Ip frequency limited
550 Connection frequency limited
451 4.7.1 Received too many messages from a new or untrusted IP: 192.0.2.8
421 Service refuse. Trop de connexions, veuillez verifier votre configuration. OFR004_104
550 5.1.0 <bounces@news.example.net> sender rejected
550 5.1.0 <bounces@news.example.net> sender rejected : invalid sender domain
501 5.1.0 Emetteur invalide. Invalid Sender. OFR004_405 [405]
550 5.1.1 <x7@privaterelay.example.com>: unauthorized sender
553 5.1.8 <bounces@news.example.net>... Domain of sender address news.example.net does not exist
450 4.1.8 <bounces@news.example.net>: Sender address rejected: Domain not found
550 5.1.7 The sender's address was not found
550 Sender verify failed; no such user
550-Verification failed for <bounces@news.example.net> 550-Unrouteable address 550 Sender verify failed
550 The return address of this mail does not exist
550 5.1.1 The domain in MAIL FROM has no MX record
550 Backscatter protection detected an invalid or expired address
550 5.7.25 The address 192.0.2.8 has no PTR record
554 5.7.1 Client host rejected: cannot find your reverse hostname, [192.0.2.8]
550 5.1.1 Reverse DNS lookup failed for your server
550 Requested action not taken: mailbox unavailable Reject due to policy restrictions. For explanation visit https://postmaster.example.net/
550 Requested action not taken: mailbox unavailable; invalid DNS MX or A/AAAA resource record of the sender
554 No SMTP service; Bad DNS PTR resource record.
501 5.5.4 Invalid domain name in HELO
504 5.5.2 <localhost>: Helo command rejected: need fully-qualified hostname
550 hosts with dynamic addresses may not send here
550 5.7.1 Relaying denied
550 relay not permitted
554 5.7.1 <anna.reader@example.org>: Relay access denied
553 sorry, that domain isn't in my list of allowed rcpthosts (#5.7.1)
550 5.7.54 SMTP; Unable to relay recipient in non-accepted domain
530 5.7.0 Authentication required
535 5.7.8 Bad credentials
530 5.7.0 Must issue a STARTTLS command first
538 5.7.10 This route takes no mail without TLS
553 This route requires encryption (TLS)
451 4.7.1 Greylisted, please try again in 300 seconds
450 4.2.0 <anna.reader@example.org>: Recipient address rejected: Greylisting in effect
550 5.1.1 greylisted
550 5.7.133 RESOLVER.RST.SenderNotAuthenticatedForGroup; authentication required
550 5.7.1 RESOLVER.RST.AuthRequired; authentication required
550 5.7.124 The sender is not on the list of allowed senders of this group
550 The recipient accepts mail from approved senders only
550 You are not allowed to send to this address
550 5.1.1 You do not have permission to write to this recipient
550 5.7.1 This user has blocked your address
550 You have been blocked by the recipient
550 User refuses to receive this mail
550 administrative prohibition
554 5.7.1 <anna.reader@example.org>: Recipient address rejected: Access denied
554 5.7.105 Email address is on SenderFilterConfig list
550 Administrative prohibition - envelope blocked
521 5.2.1 : (CON:B1) https://postmaster.example.com/error-codes#421conb1
554 (RTR:BL) https://postmaster.example.com/error-codes
550 csi.example.org Poor Reputation Sender. - https://community.example.com/docs/DOC-1369#550
550 Local CT IP Reputation - (reject)
550 permanent failure for one or more recipients (anna.reader@example.org:blocked)
554 rejected due to spam content
554 5.7.1 Message scored too high on our scale of junk
550 [S10] Blocked
host mx.example.net[192.0.2.25] refused to talk to me: 550 5.1.1 no
SMTP error from remote mail server after MAIL FROM:<bounces@news.example.net> SIZE=4711: 550 unknown user
host mx.example.net[192.0.2.25] said: 550 5.1.1 Unknown address (in reply to MAIL FROM command)
550 Absender unbekannt oder gesperrt
550 5.7.1 Ihr Server steht auf einer Sperrliste
550 El remitente no es válido
550 Mittente non valido
550 5.7.1 Ваш сервер отклонён
550 发件人被拒绝
554 5.7.1 迷惑メールと判定されました
550 Message refused
550 The mail failed several of our checks
550 No DomainKeys signature
554 Message rejected
500 5.5.1 Command unrecognized
503 Bad sequence of commands
550 5.5.1 Protocol error
550 5.7.708 Traffic from this IP is not accepted; the recipient was not asked
550 5.7.350 Remote server returned message detected as spam -> 550 5.1.1 user unknown
550 5.7.703 A rule of the tenant's allow/block list stops this; mailbox unavailable
550 5.1.90 You have reached your daily limit of recipients
554 5.7.9 Not accepted for policy reasons; mailbox unavailable
550 Reject due to policy restrictions; the mailbox was not asked
554 ESMTP not accepting connections
550 5.7.1 [C16] RBL Restriction: the recipient was not looked up
554 Denied [ABCDEF] (Mode: normal)
550 Anti-Spoofing policy - Inbound not allowed
554 Email rejected due to security policies - MCSpamSignature.x.1
550 5.1.1 [HVU:B2] this host sends to too many invalid mailboxes
550 MI:SPF the sender did not pass
554 DT:SUM the envelope from is not local
550 Domain may not exist or DNS check failed [From]
554 5.7.1 [CS01] too many of your mails bounce: user unknown
571 5.7.1 Delivery not authorised, message refused
550 5.7.1 Too many messages in this session
550 5.7.1 At most 20 messages per minute from you
451 4.7.500 Server busy. Please try again later from [192.0.2.8]
550 5.1.1 Message was stopped by the owner's filter: your address is not known
550 The author's address is not known here
550 Unknown user in From:
550 The account you send from does not exist
550 reply-to address does not exist
550 SMTP AUTH user unknown
550 Sending account inactive
550 source user not found
550 The originator does not exist
550 5.1.1 refused: your ESP mails addresses that do not exist
550 5.1.1 Message-ID domain does not exist
550 The domain in your Message-ID is unknown
550 Su servidor no está autorizado
550 L'adresse de l'expéditeur n'existe pas
550 5.1.1 L'adresse de l'émetteur est inconnue
550 Votre serveur n'est pas autorisé
550 Die Adresse des Absenders existiert nicht
550 Ihr Server ist gesperrt, Konto unbekannt
550 Ihre Adresse existiert nicht
550 La dirección del remitente no existe
550 Su cuenta está suspendida
550 Il tuo server è bloccato
550 L'indirizzo del mittente non esiste
550 O endereço do remetente não existe
550 Seu servidor foi bloqueado
550 Het adres van de afzender bestaat niet
550 Uw server is geblokkeerd
550 Adres nadawcy nie istnieje
550 Twój serwer jest zablokowany
550 Adresa odesílatele neexistuje
550 Adresa expeditorului nu există
550 Avsändarens adress finns inte
550 Afsenderens adresse er ukendt
550 Lähettäjän osoite on tuntematon
550 Gönderenin adresi bulunamadı
550 A feladó címe nem létezik
550 Адрес отправителя не существует
550 Ваш адрес не существует
550 Адреса відправника не існує
550 Η διεύθυνση του αποστολέα δεν υπάρχει
550 المرسل غير موجود
550 寄件人地址不存在
550 差出人のアドレスが存在しません
550 보낸 사람 주소가 존재하지 않습니다
"""

# The size or the form of the mail: the same for whoever it is sent to.
MESSAGE = """
552 5.3.4 Message size exceeds fixed limit
552 5.3.4 Error: message file too big
552 5.2.3 Message exceeds maximum fixed size
552 5.2.3 Message length exceeds administrative limit
550 5.2.3 RESOLVER.RST.RecipSizeLimit; message too large for this recipient
554 5.6.0 Bad content
550 5.6.0 Message headers are not well formed
554 5.6.1 Conversion is needed and not allowed
553 5.6.7 Not representable
550 Maximum email size exceeded
552 message too large
550 message header size exceeds limit
500 5.6.0 Line too long
552 Nachricht ist zu groß
550 5.7.1 This message is not RFC 5322 compliant: there are multiple Subject headers
"""

# A service's words beside its “hard”.
ADVICE = """
The provider of the recipient sent a hard bounce and gave no reason for it. Sending messages to addresses that produce
hard bounces may harm your reputation as a sender.
"""

# Words in the reader's own address, which are no words of the server: (address, reply).
IN_ADDRESSES = [
    ("spam@example.org", "550 5.1.1 <spam@example.org>: User unknown"),
    ("spam@example.org", "550 5.1.1 spam: no such user"),
    ("spam-trap@example.org", "550 No such user (spam-trap)"),
    ("banned.books@example.org", "550 5.1.1 <banned.books@example.org> does not exist"),
    ("policy@example.org", "550 Mailbox policy@example.org not found"),
    ("ip@example.org", "550 5.1.1 unknown user ip"),
    ("sender.rejected@example.org", "550 5.2.1 <sender.rejected@example.org> is disabled"),
    ("full@example.org", "550 5.1.1 full@example.org: no such mailbox"),
    ("me@blacklist.example.org", "550 5.1.1 no mailbox for me in blacklist.example.org"),
    ("spf@example.org", "smtp; 550 5.1.1 <spf@example.org>... User unknown"),
    ("x@spamcop.example.org", "host mx.spamcop.example.org[192.0.2.25] said: 550 no such user"),
    ("relay@example.org", "550 5.1.1 RELAY@EXAMPLE.ORG: Recipient unknown"),
]


def lines(table: str) -> list[str]:
    return table.strip("\n").split("\n")
