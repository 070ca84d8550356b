/*
 * A strict and fast SMTP sink for measurements and fault tests: takes mail on loopback, keeps none, counts all.
 *
 *   sink [--port N] [--delay-ms D] [--no-pipelining] [--no-chunking] [--log FILE] [--seconds S]
 *
 * Prints `ready PORT`. A line `counts` on standard input is answered with one line of JSON; TERM, the end of standard
 * input (when it is a pipe) or the end of the parent print the counts a last time and end it. With --log, one line
 * `RECIPIENT MESSAGE-ID` a message is written before its reply. A reply is held back for D milliseconds, which stands
 * for a round trip. One thread, epoll.
 */
#define _GNU_SOURCE
#include <arpa/inet.h>
#include <errno.h>
#include <fcntl.h>
#include <netinet/tcp.h>
#include <signal.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <strings.h>
#include <sys/epoll.h>
#include <sys/prctl.h>
#include <sys/resource.h>
#include <sys/signalfd.h>
#include <sys/socket.h>
#include <sys/stat.h>
#include <sys/timerfd.h>
#include <time.h>
#include <unistd.h>

enum {
    INPUT_BYTES = 256 * 1024,
    COMMAND_BYTES = 2048,   /* RFC 5321 section 4.5.3.1.4 asks for 512, extensions for more */
    LINE_BYTES = 1000,      /* section 4.5.3.1.6, CRLF included */
    NAME_BYTES = 320,
    MOST_RECIPIENTS = 100,
    MOST_EVENTS = 64,
};
static const long MOST_MESSAGE_BYTES = 25000000;

/* What a peer of ours must never do, and what it did. */
static struct {
    unsigned long messages, bytes, connections, not_one_recipient, misaddressed, bare_newlines, long_lines, early,
        out_of_order, syntax_errors, aborted;
    double first_at, last_at;
} counts;

static struct {
    int port, pipelining, chunking, log;
    long delay_ns;
    unsigned seconds;
} option = {0, 1, 1, -1, 0, 3600};

enum state { COMMAND, DATA, CHUNK, SWALLOW };

struct message {
    int has_sender, recipients, has_failed, is_chunked, in_header, in_to, is_for_recipient, was_whole_line;
    long size, carried; /* carried: of a line that comes in pieces, how long it is so far */
    char recipient[NAME_BYTES], id[NAME_BYTES], line[LINE_BYTES + 1], last;
};

struct reply { int64_t due; size_t end; };

struct connection {
    int fd, greeted, is_closing, is_blocked, has_extensions, is_last_chunk;
    enum state state;
    long chunk_left;
    int64_t go_ahead; /* when the 354 leaves: not a byte of the message may come before it */
    struct message message;
    size_t filled, out_start, out_end, out_size, replies, reply_room;
    char *out;
    struct reply *reply;
    struct connection *next_late; /* the list of those with replies held back */
    int is_late;
    char in[INPUT_BYTES];
};

static int poller, timer = -1;
static struct connection *late;
static char log_lines[64 * 1024];
static size_t log_filled;

static int64_t now_ns(void) {
    struct timespec t;
    clock_gettime(CLOCK_MONOTONIC, &t);
    return t.tv_sec * 1000000000LL + t.tv_nsec;
}

static double wall(void) {
    struct timespec t;
    clock_gettime(CLOCK_REALTIME, &t);
    return (double)t.tv_sec + (double)t.tv_nsec / 1e9;
}

static void die(const char *what) {
    printf("sink: %s: %s\n", what, strerror(errno));
    fflush(stdout);
    exit(1);
}

static void tell(void) {
    struct rusage used;
    getrusage(RUSAGE_SELF, &used);
    long cpu_us = (used.ru_utime.tv_sec + used.ru_stime.tv_sec) * 1000000L + used.ru_utime.tv_usec + used.ru_stime.tv_usec;
    printf("{\"kind\": \"c\", \"messages\": %lu, \"bytes\": %lu, \"connections\": %lu, \"not_one_recipient\": %lu, "
           "\"misaddressed\": %lu, \"bare_newlines\": %lu, \"long_lines\": %lu, \"early\": %lu, \"out_of_order\": %lu, "
           "\"syntax_errors\": %lu, \"aborted\": %lu, \"first_at\": %.6f, \"last_at\": %.6f, \"cpu_us\": %ld}\n",
           counts.messages, counts.bytes, counts.connections, counts.not_one_recipient, counts.misaddressed,
           counts.bare_newlines, counts.long_lines, counts.early, counts.out_of_order, counts.syntax_errors,
           counts.aborted, counts.first_at, counts.last_at, cpu_us);
    fflush(stdout);
}

/* --- Replies --------------------------------------------------------------------------------------------------- */

static void reply(struct connection *c, const char *text) {
    size_t length = strlen(text);
    if (c->out_end + length > c->out_size) {
        c->out_size = (c->out_end + length) * 2;
        if (!(c->out = realloc(c->out, c->out_size))) die("memory");
    }
    memcpy(c->out + c->out_end, text, length);
    c->out_end += length;
    if (!option.delay_ns) return;
    int64_t due = now_ns() + option.delay_ns;
    if (c->replies == c->reply_room) {
        c->reply_room = c->reply_room ? c->reply_room * 2 : 16;
        if (!(c->reply = realloc(c->reply, c->reply_room * sizeof *c->reply))) die("memory");
    }
    c->reply[c->replies++] = (struct reply){due, c->out_end};
}

static void refuse(struct connection *c, const char *text) {
    counts.out_of_order++;
    reply(c, text);
}

static void write_log(void) {
    for (size_t done = 0; done < log_filled;) {
        ssize_t n = write(option.log, log_lines + done, log_filled - done);
        if (n < 0 && errno != EINTR) die("the log cannot be written");
        if (n > 0) done += (size_t)n;
    }
    log_filled = 0;
}

/* --- Messages -------------------------------------------------------------------------------------------------- */

static void forget(struct connection *c) {
    c->message.has_sender = c->message.recipients = c->message.has_failed = c->message.is_chunked = 0;
    c->message.size = c->message.carried = 0;
    c->state = COMMAND;
}

static void begin_content(struct connection *c) {
    struct message *m = &c->message;
    m->in_header = m->was_whole_line = 1;
    m->in_to = m->is_for_recipient = 0;
    m->size = m->carried = 0;
    strcpy(m->id, "-");
}

static void accept_message(struct connection *c) {
    struct message *m = &c->message;
    counts.messages++;
    counts.bytes += (unsigned long)m->size;
    counts.not_one_recipient += m->recipients != 1;
    counts.misaddressed += !m->is_for_recipient;
    counts.last_at = wall();
    if (counts.messages == 1) counts.first_at = counts.last_at;
    if (option.log >= 0) {
        if (log_filled + 2 * NAME_BYTES + 2 > sizeof log_lines) write_log();
        log_filled += (size_t)sprintf(log_lines + log_filled, "%s %s\n", m->recipient, m->id);
    }
    forget(c);
    reply(c, "250 2.0.0 Taken\r\n");
}

static void read_header(struct message *m, const char *line, size_t length) {
    if (line[0] != ' ' && line[0] != '\t') m->in_to = length > 3 && !strncasecmp(line, "To:", 3);
    if (length == 2 && line[0] == '\r') {
        m->in_header = 0;
    } else if (m->in_to) {
        m->is_for_recipient |= memmem(line, length, m->recipient, strlen(m->recipient)) != NULL;
    } else if (length > 11 && !strncasecmp(line, "Message-ID:", 11)) {
        size_t from = 11, to = length;
        while (from < to && (line[from] == ' ' || line[from] == '\t')) from++;
        while (to > from && (unsigned char)line[to - 1] <= ' ') to--;
        size_t n = to - from < NAME_BYTES ? to - from : NAME_BYTES - 1;
        if (n) memcpy(m->id, line + from, n), m->id[n] = 0;
    }
}

/* One whole line with its newline. True: it was the lone dot. */
static int take_line(struct connection *c, const char *line, size_t length) {
    struct message *m = &c->message;
    int is_whole = length > 1 && line[length - 2] == '\r';
    if (c->state == DATA && line[0] == '.') {
        /* Only CRLF . CRLF ends a message, however tempting a bare newline is. */
        if (length == 3 && is_whole && m->was_whole_line) return 1;
        line++, length--;
    }
    counts.bare_newlines += !is_whole;
    counts.long_lines += length > LINE_BYTES;
    m->was_whole_line = is_whole;
    m->size += (long)length;
    if (m->in_header) read_header(m, line, length);
    return 0;
}

/* The last piece of a line has come. */
static int end_line(struct connection *c, int ends_with_cr) {
    struct message *m = &c->message;
    long length = m->carried;
    m->carried = 0;
    if (length <= LINE_BYTES) return take_line(c, m->line, (size_t)length);
    counts.long_lines++;
    m->size += length;
    m->was_whole_line = ends_with_cr;
    counts.bare_newlines += !ends_with_cr;
    return 0;
}

/* Returns how many bytes were used; all of them, unless the message ended before. */
static size_t take_content(struct connection *c, const char *data, size_t length, int *is_over) {
    struct message *m = &c->message;
    size_t at = 0;
    *is_over = 0;
    while (at < length && !*is_over) {
        const char *newline = memchr(data + at, '\n', length - at);
        size_t n = newline ? (size_t)(newline - (data + at)) + 1 : length - at;
        if (!newline || m->carried) { /* a line in pieces */
            size_t room = m->carried < LINE_BYTES ? (size_t)(LINE_BYTES - m->carried) : 0;
            int ends_with_cr = newline && (n > 1 ? newline[-1] : m->last) == '\r';
            if (room) memcpy(m->line + m->carried, data + at, n < room ? n : room);
            m->carried += (long)n;
            m->last = data[at + n - 1];
            if (newline) *is_over = end_line(c, ends_with_cr);
        } else {
            *is_over = take_line(c, data + at, n);
        }
        at += n;
    }
    return at;
}

/* --- Commands -------------------------------------------------------------------------------------------------- */

static int address_in(const char *text, char *address) {
    const char *open = strchr(text, '<'), *close = open ? strchr(open, '>') : NULL;
    if (!close || close - open - 1 >= NAME_BYTES) return 0;
    memcpy(address, open + 1, (size_t)(close - open - 1));
    address[close - open - 1] = 0;
    for (char *p = address; *p; p++)
        if ((unsigned char)*p <= ' ' || (unsigned char)*p > '~') return 0;
    return 1;
}

static void on_mail(struct connection *c, char *rest) {
    char sender[NAME_BYTES];
    if (!c->greeted) return refuse(c, "503 5.5.1 EHLO first\r\n");
    if (c->message.has_sender) return refuse(c, "503 5.5.1 There is a transaction already\r\n");
    if (strncasecmp(rest, "FROM:", 5) || !address_in(rest, sender)) {
        counts.syntax_errors++;
        return reply(c, "501 5.5.4 MAIL FROM:<address>\r\n");
    }
    char *save = NULL;
    for (char *word = strtok_r(strchr(rest, '>') + 1, " ", &save); word; word = strtok_r(NULL, " ", &save)) {
        if (!strncasecmp(word, "SIZE=", 5) && c->has_extensions) {
            if (atol(word + 5) > MOST_MESSAGE_BYTES) return reply(c, "552 5.3.4 Too large\r\n");
        } else if ((strcasecmp(word, "BODY=7BIT") && strcasecmp(word, "BODY=8BITMIME")) || !c->has_extensions) {
            counts.syntax_errors++;
            return reply(c, "555 5.5.4 Parameter not known\r\n");
        }
    }
    forget(c);
    c->message.has_sender = 1;
    reply(c, "250 2.1.0 OK\r\n");
}

static void on_rcpt(struct connection *c, char *rest) {
    char recipient[NAME_BYTES];
    if (!c->message.has_sender || c->message.is_chunked) return refuse(c, "503 5.5.1 MAIL first\r\n");
    if (strncasecmp(rest, "TO:", 3) || !address_in(rest, recipient) || !strchr(recipient, '@')) {
        counts.syntax_errors++;
        return reply(c, "501 5.1.3 RCPT TO:<address>\r\n");
    }
    if (c->message.recipients == MOST_RECIPIENTS) return reply(c, "452 4.5.3 Too many recipients\r\n");
    if (!c->message.recipients++) strcpy(c->message.recipient, recipient);
    reply(c, "250 2.1.5 OK\r\n");
}

static void on_data(struct connection *c, int has_more) {
    if (!c->message.recipients || c->message.is_chunked) return refuse(c, "503 5.5.1 RCPT first\r\n");
    begin_content(c);
    c->state = DATA;
    c->go_ahead = has_more ? INT64_MAX : now_ns() + option.delay_ns;
    reply(c, "354 Go ahead\r\n");
}

static void on_bdat(struct connection *c, const char *rest) {
    char *end = NULL;
    long size = strtol(rest, &end, 10);
    int is_last = end && !strcasecmp(end, " LAST");
    if (end == rest || size < 0 || (*end && !is_last)) {
        /* Where the next command begins cannot be known any more. */
        counts.syntax_errors++;
        c->is_closing = 1;
        return reply(c, "501 5.5.4 BDAT size [LAST]\r\n");
    }
    c->chunk_left = size;
    c->is_last_chunk = is_last;
    c->state = SWALLOW; /* RFC 3030 section 2: the bytes of a refused chunk are on their way all the same */
    if (!option.chunking || !c->message.recipients || c->message.has_failed) {
        c->message.has_failed = 1;
    } else {
        if (!c->message.is_chunked) begin_content(c);
        c->message.is_chunked = 1;
        c->state = CHUNK;
    }
}

static void end_chunk(struct connection *c) {
    int was_taken = c->state == CHUNK;
    c->state = COMMAND;
    if (!was_taken) return refuse(c, "503 5.5.1 No transaction for a chunk\r\n");
    if (!c->is_last_chunk) return reply(c, "250 2.0.0 Chunk taken\r\n");
    c->message.size += c->message.carried;
    accept_message(c);
}

static void on_ehlo(struct connection *c) {
    forget(c);
    c->greeted = c->has_extensions = 1;
    reply(c, "250-sink.localhost\r\n250-8BITMIME\r\n250-ENHANCEDSTATUSCODES\r\n");
    if (option.pipelining) reply(c, "250-PIPELINING\r\n");
    if (option.chunking) reply(c, "250-CHUNKING\r\n");
    reply(c, "250 SIZE 25000000\r\n");
}

/* `has_more`: the peer has sent something behind this line already. */
static void on_command(struct connection *c, char *line, int has_more) {
    size_t verb = strcspn(line, " ");
    char *rest = line[verb] ? line + verb + 1 : line + verb;
#define IS(word) (verb == sizeof word - 1 && !strncasecmp(line, word, verb))
    if (has_more && !option.pipelining && !IS("BDAT") && !IS("DATA")) counts.early++;
    if (IS("MAIL")) on_mail(c, rest);
    else if (IS("RCPT")) on_rcpt(c, rest);
    else if (IS("DATA")) on_data(c, has_more);
    else if (IS("BDAT")) on_bdat(c, rest);
    else if (IS("RSET")) forget(c), reply(c, "250 2.0.0 OK\r\n");
    else if (IS("NOOP")) reply(c, "250 2.0.0 OK\r\n");
    else if (IS("EHLO")) on_ehlo(c);
    else if (IS("HELO")) forget(c), c->greeted = 1, c->has_extensions = 0, reply(c, "250 sink.localhost\r\n");
    else if (IS("QUIT")) c->is_closing = 1, reply(c, "221 2.0.0 Bye\r\n");
    else if (IS("VRFY")) reply(c, "252 2.0.0 Send and see\r\n");
    else counts.syntax_errors++, reply(c, "500 5.5.2 Not known\r\n");
#undef IS
}

/* Uses what is in the buffer; what is left of a command waits for its rest. */
static void work(struct connection *c) {
    size_t at = 0;
    while (!c->is_closing && (at < c->filled || (c->state != COMMAND && c->state != DATA && !c->chunk_left))) {
        char *data = c->in + at;
        size_t left = c->filled - at;
        int is_over = 0;
        if (c->state == DATA) {
            if (c->go_ahead == INT64_MAX || (option.delay_ns && now_ns() < c->go_ahead)) counts.early++;
            c->go_ahead = 0;
            at += take_content(c, data, left, &is_over);
            if (is_over && c->message.size > MOST_MESSAGE_BYTES) forget(c), reply(c, "552 5.3.4 Too large\r\n");
            else if (is_over) accept_message(c);
        } else if (c->state == CHUNK || c->state == SWALLOW) {
            size_t n = left < (size_t)c->chunk_left ? left : (size_t)c->chunk_left;
            if (c->state == CHUNK) take_content(c, data, n, &is_over);
            at += n;
            c->chunk_left -= (long)n;
            if (!c->chunk_left) end_chunk(c);
        } else {
            char *newline = memchr(data, '\n', left);
            size_t n = newline ? (size_t)(newline - data) + 1 : left;
            if (n > COMMAND_BYTES) {
                counts.syntax_errors++;
                c->is_closing = 1;
                reply(c, "500 5.5.2 Line too long\r\n");
            } else if (!newline) {
                break;
            } else {
                counts.bare_newlines += n < 2 || newline[-1] != '\r';
                *(n > 1 && newline[-1] == '\r' ? newline - 1 : newline) = 0;
                on_command(c, data, left > n);
            }
            at += n;
        }
    }
    if (c->is_closing) at = c->filled;
    c->filled -= at;
    memmove(c->in, c->in + at, c->filled);
}

/* --- Connections ----------------------------------------------------------------------------------------------- */

static void drop(struct connection *c) {
    for (struct connection **p = &late; *p; p = &(*p)->next_late)
        if (*p == c) { *p = c->next_late; break; }
    counts.aborted += c->state != COMMAND || c->message.has_sender;
    close(c->fd);
    free(c->out);
    free(c->reply);
    free(c);
}

static void watch(struct connection *c, uint32_t what) {
    struct epoll_event event = {.events = what, .data.ptr = c};
    if (epoll_ctl(poller, EPOLL_CTL_MOD, c->fd, &event)) die("epoll");
}

/* Writes what is due; the connection may be gone afterwards. */
static void flush(struct connection *c) {
    size_t until = c->out_end, done = 0;
    if (log_filled) write_log();
    if (option.delay_ns) {
        int64_t now = now_ns();
        until = c->out_start;
        while (done < c->replies && c->reply[done].due <= now) until = c->reply[done++].end;
    }
    while (c->out_start < until) {
        ssize_t n = send(c->fd, c->out + c->out_start, until - c->out_start, MSG_NOSIGNAL);
        if (n < 0 && errno == EAGAIN) break;
        if (n < 0) return drop(c);
        c->out_start += (size_t)n;
    }
    if (c->is_blocked != (c->out_start < until)) watch(c, (c->is_blocked = !c->is_blocked) ? EPOLLIN | EPOLLOUT : EPOLLIN);
    if (!c->is_blocked && done) memmove(c->reply, c->reply + done, (c->replies -= done) * sizeof *c->reply);
    if (c->out_start == c->out_end) {
        c->out_start = c->out_end = c->replies = 0;
        if (c->is_closing) drop(c);
        return;
    }
    if (c->out_start > sizeof log_lines) { /* a stream of late replies is never quite empty */
        memmove(c->out, c->out + c->out_start, c->out_end -= c->out_start);
        for (size_t i = 0; i < c->replies; i++) c->reply[i].end -= c->out_start;
        c->out_start = 0;
    }
    if (option.delay_ns && !c->is_late) {
        c->is_late = 1;
        c->next_late = late;
        late = c;
    }
}

static void receive(struct connection *c) {
    ssize_t n = read(c->fd, c->in + c->filled, INPUT_BYTES - c->filled);
    if (n <= 0) {
        if (n == 0 || (errno != EAGAIN && errno != EINTR)) drop(c);
        return;
    }
    c->filled += (size_t)n;
    work(c);
    flush(c);
}

static void welcome(int listener) {
    int fd = accept4(listener, NULL, NULL, SOCK_NONBLOCK | SOCK_CLOEXEC), one = 1;
    struct connection *c = fd < 0 ? NULL : calloc(1, sizeof *c);
    if (!c) return;
    setsockopt(fd, IPPROTO_TCP, TCP_NODELAY, &one, sizeof one);
    c->fd = fd;
    counts.connections++;
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = c};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event)) die("epoll");
    reply(c, "220 sink.localhost ESMTP\r\n");
    flush(c);
}

/* Sends what is due and sets the clock for what is not. */
static void flush_late(void) {
    struct connection *waiting = late;
    late = NULL;
    while (waiting) {
        struct connection *c = waiting;
        waiting = c->next_late;
        c->is_late = 0;
        flush(c);
    }
    int64_t first = 0;
    for (struct connection *c = late; c; c = c->next_late)
        if (c->replies && (!first || c->reply[0].due < first)) first = c->reply[0].due;
    struct itimerspec at = {.it_value = {first / 1000000000, first % 1000000000}};
    timerfd_settime(timer, TFD_TIMER_ABSTIME, &at, NULL);
}

static int obey(void) {
    char words[4096];
    ssize_t n = read(0, words, sizeof words);
    if (n <= 0) return 0;
    for (ssize_t i = 0; i < n; i++)
        if (words[i] == '\n') tell();
    return 1;
}

static int listen_on_loopback(void) {
    int fd = socket(AF_INET, SOCK_STREAM | SOCK_NONBLOCK | SOCK_CLOEXEC, 0), one = 1;
    struct sockaddr_in at = {.sin_family = AF_INET, .sin_port = htons((uint16_t)option.port), .sin_addr = {htonl(INADDR_LOOPBACK)}};
    socklen_t size = sizeof at;
    setsockopt(fd, SOL_SOCKET, SO_REUSEADDR, &one, sizeof one);
    if (bind(fd, (struct sockaddr *)&at, sizeof at) || listen(fd, 1024)) die("the port cannot be had");
    getsockname(fd, (struct sockaddr *)&at, &size);
    option.port = ntohs(at.sin_port);
    return fd;
}

static void read_options(int count, char **words) {
    for (int i = 1; i < count; i++) {
        const char *value = i + 1 < count ? words[i + 1] : "";
        if (!strcmp(words[i], "--no-pipelining")) option.pipelining = 0;
        else if (!strcmp(words[i], "--no-chunking")) option.chunking = 0;
        else if (!strcmp(words[i], "--port")) option.port = atoi(value), i++;
        else if (!strcmp(words[i], "--delay-ms")) option.delay_ns = (long)(atof(value) * 1e6), i++;
        else if (!strcmp(words[i], "--seconds")) option.seconds = (unsigned)atoi(value), i++;
        else if (!strcmp(words[i], "--log")) {
            option.log = open(value, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0600), i++;
            if (option.log < 0) die("the log cannot be opened");
        } else errno = EINVAL, die(words[i]);
    }
}

static void add(int fd, void *mark) {
    struct epoll_event event = {.events = EPOLLIN, .data.ptr = mark};
    if (epoll_ctl(poller, EPOLL_CTL_ADD, fd, &event)) die("epoll");
}

int main(int argc, char **argv) {
    static char listening, ending, asked, clock_rang; /* only their addresses are used */
    sigset_t ends;
    struct stat input;
    struct epoll_event events[MOST_EVENTS];
    read_options(argc, argv);
    prctl(PR_SET_PDEATHSIG, SIGTERM);
    sigemptyset(&ends);
    sigaddset(&ends, SIGTERM), sigaddset(&ends, SIGINT), sigaddset(&ends, SIGALRM);
    sigprocmask(SIG_BLOCK, &ends, NULL);
    poller = epoll_create1(EPOLL_CLOEXEC);
    timer = timerfd_create(CLOCK_MONOTONIC, TFD_NONBLOCK | TFD_CLOEXEC);
    int listener = listen_on_loopback();
    add(listener, &listening);
    add(signalfd(-1, &ends, SFD_CLOEXEC), &ending);
    add(timer, &clock_rang);
    if (!fstat(0, &input) && S_ISFIFO(input.st_mode)) add(0, &asked);
    alarm(option.seconds);
    printf("ready %d\n", option.port);
    fflush(stdout);
    for (int is_on = 1; is_on;) {
        int n = epoll_wait(poller, events, MOST_EVENTS, -1);
        for (int i = 0; i < n && is_on; i++) {
            void *mark = events[i].data.ptr;
            if (mark == &listening) welcome(listener);
            else if (mark == &ending) is_on = 0;
            else if (mark == &asked) is_on = obey();
            else if (mark == &clock_rang) { uint64_t rang; if (read(timer, &rang, sizeof rang) < 0) continue; }
            else if (events[i].events & (EPOLLIN | EPOLLHUP | EPOLLERR)) receive(mark);
            else flush(mark);
        }
        if (option.delay_ns) flush_late();
    }
    tell();
    return 0;
}
